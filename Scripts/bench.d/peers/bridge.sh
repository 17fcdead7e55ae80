# The kernel's bridge, with every offload of the veths on, as they are when they are made.
# shellcheck shell=bash disable=SC2034,SC2154
title="kernel bridge, all offloads on"
settings="ip link add type bridge; veths as made: TSO, GSO, UDP segmentation and checksums on"

start() {
  "${s[@]}" ip link add br0 type bridge
  "${s[@]}" ip link set p0 master br0
  "${s[@]}" ip link set p1 master br0
  "${s[@]}" ip link set br0 up
}
