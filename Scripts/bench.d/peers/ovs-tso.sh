# Open vSwitch, userspace datapath over packet sockets, with segmentation left to the kernel.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/openvswitch.sh"
title="Open vSwitch, system ports, userspace TSO"
settings="datapath_type=netdev, userspace-tso-enable=true, ports of type system (forwarded by its main thread, held to
 CPU 1); veths as made: all offloads on"
packages=(openvswitch-switch)

start() {
  s+=(taskset -c 1)
  start_openvswitch userspace-tso-enable=true -- -- add-port br0 p0 -- add-port br0 p1
}
