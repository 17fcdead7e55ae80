# DPDK's testpmd over AF_XDP sockets in io mode: moves frames and looks at nothing.
# shellcheck shell=bash disable=SC2034,SC2154
title="dpdk-testpmd, net_af_xdp, io mode"
settings="-l 0,1 --nb-cores=1 (forwards on CPU 1), --forward-mode=io, the driver's own need-wakeup, busy_budget=0 (its
 busy polling needs a NAPI id, which veth has not), 2 MiB huge pages when there are any; at the ends: tx off"
packages=(dpdk-dev libdpdk-dev)
xdp=native

# Its XDP program takes no frame of several buffers, and veth allows such a program up to this MTU.
refuses() { ((mtu <= 3506)) || echo "MTU $mtu: its XDP program is for single buffers, which veth allows up to MTU 3506"; }

ends() { offload_ends tx off; }

start() {
  # Neither way leaves files behind.
  local memory=(--in-memory)
  (($(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo) >= 256)) || memory=(--no-huge -m 1024 --no-shconf)
  # It stops when its input ends.
  mkfifo input
  exec 3<>input
  "${s[@]}" stdbuf -oL dpdk-testpmd -l 0,1 --no-pci "${memory[@]}" \
    --vdev net_af_xdp0,iface=p0,busy_budget=0 --vdev net_af_xdp1,iface=p1,busy_budget=0 -- \
    --auto-start --forward-mode=io --nb-cores=1 --stats-period=0 <input >testpmd.log 2>&1 &
  for _ in {1..100}; do
    ! grep -q 'start packet forwarding' testpmd.log || return 0
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  cannot "testpmd did not start: $(grep -iE 'error|cause|fail|cannot' testpmd.log | tail -n 1)"
}
