# Open vSwitch, userspace datapath, ports of type afxdp, one polling thread.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/openvswitch.sh"
title="Open vSwitch, afxdp"
settings="datapath_type=netdev, pmd-cpu-mask=0x2 (one PMD thread on CPU 1), type=afxdp n_rxq=1 xdp-mode=native; at the
 ends: tx off"
packages=(openvswitch-switch)
xdp=native

refuses() { ((mtu <= 3506)) || echo "MTU $mtu: its XDP program is for single buffers, which veth allows up to MTU 3506"; }

ends() { offload_ends tx off; }

start() {
  start_openvswitch pmd-cpu-mask=0x2 -- \
    -- add-port br0 p0 -- set interface p0 type=afxdp options:n_rxq=1 options:xdp-mode=native \
    -- add-port br0 p1 -- set interface p1 type=afxdp options:n_rxq=1 options:xdp-mode=native
}
