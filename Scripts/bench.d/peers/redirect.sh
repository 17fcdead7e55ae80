# In-kernel XDP redirect from one veth to the other: the bound, since it looks at nothing and copies nothing.
# shellcheck shell=bash disable=SC2034,SC2154
title="in-kernel XDP redirect (bound)"
settings="native XDP, one DEVMAP a device, multi-buffer; at the ends: tx off (redirect loses partial checksums), GRO on
 (a veth takes XDP frames only when it polls)"
xdp=native

ends() { offload_ends tx off gro on; }

start() {
  "${s[@]}" "$scratch/redirect" p0 p1 >redirect.log 2>&1 &
  wait_for redirect.log
}
