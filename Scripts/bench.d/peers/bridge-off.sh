# The kernel's bridge between ends that hand over ordinary frames only, as a NIC without offloads would.
# shellcheck shell=bash disable=SC2034,SC2154
source "$bench/peers/bridge.sh"
title="kernel bridge, offloads off at the ends"
settings="as bridge; at the ends: ethtool -K end tx off tso off gso off gro off"

refuses() { [[ $1 != flood ]] || echo "no different from bridge for frames made one by one"; }

ends() { offload_ends tx off tso off gso off gro off; }
