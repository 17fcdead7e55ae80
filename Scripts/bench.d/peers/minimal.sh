# The least an AF_XDP forwarder can do: forwarder/afxdp.c.
# shellcheck shell=bash disable=SC2034,SC2154
title="minimal AF_XDP forwarder in C"
settings="native XDP, copy mode, need-wakeup, multi-buffer, one memory area for both, polls all the time; at the ends:
 tx off"
xdp=native

ends() { offload_ends tx off; }

start() {
  "${s[@]}" taskset -c 1 "$scratch/afxdp" p0 p1 >afxdp.log 2>&1 &
  wait_for afxdp.log
}
