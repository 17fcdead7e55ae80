# Open vSwitch of its own for a run: database, sockets and logs in the run's directory. Sourced by its peers.
# shellcheck shell=bash disable=SC2154

# start_openvswitch SETTING… -- VSCTL…: other_config settings before it starts, then the bridge and its ports.
start_openvswitch() {
  local settings=()
  while [[ $1 != -- ]]; do
    settings+=("other_config:$1")
    shift
  done
  shift
  export OVS_RUNDIR=$PWD OVS_LOGDIR=$PWD OVS_DBDIR=$PWD
  local control=(ovs-vsctl "--db=unix:$PWD/db.sock" --timeout=20)
  ovsdb-tool create conf.db /usr/share/openvswitch/vswitch.ovsschema
  "${s[@]}" ovsdb-server conf.db "--remote=punix:$PWD/db.sock" --pidfile --detach --log-file
  "${control[@]}" --no-wait init
  "${control[@]}" --no-wait set Open_vSwitch . "${settings[@]}"
  # The plain build: Debian's DPDK build may have taken the place of ovs-vswitchd.
  "${s[@]}" /usr/lib/openvswitch-switch/ovs-vswitchd "unix:$PWD/db.sock" --pidfile --detach --log-file
  "${control[@]}" add-br br0 -- set bridge br0 datapath_type=netdev "$@"
  local faults
  faults=$("${control[@]}" --columns=error --bare list interface | grep . | head -n 1) || true
  [[ -z $faults ]] || cannot "Open vSwitch: $faults"
}
