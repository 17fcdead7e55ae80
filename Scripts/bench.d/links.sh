# The links that every peer is measured on, made anew for every run:
#
#   bench-a [end] ── [p0] bench-s: the peer [p1] ── [end] bench-b
#
# veth with one queue each, IPv6 off, neighbours known, TCP with `congestion`; the peer's `xdp` says whether it attaches natively. Generators
# run in bench-a, sinks and servers in bench-b.
# Sourced by Scripts/bench.
# shellcheck shell=bash disable=SC2034,SC2154

a=(ip netns exec bench-a)
b=(ip netns exec bench-b)
s=(ip netns exec bench-s)
address_a=198.18.0.1 mac_a=02:00:00:00:0a:01
address_b=198.18.0.2 mac_b=02:00:00:00:0b:01

# make_links MTU
make_links() {
  local side device
  for side in a s b; do
    ip netns add "bench-$side"
    ip netns exec "bench-$side" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    ip -n "bench-$side" link set lo up
  done
  local queues=(numtxqueues 1 numrxqueues 1)
  ip -n bench-s link add p0 mtu "$1" "${queues[@]}" type veth \
    peer name end mtu "$1" "${queues[@]}" address "$mac_a" netns bench-a
  ip -n bench-s link add p1 mtu "$1" "${queues[@]}" type veth \
    peer name end mtu "$1" "${queues[@]}" address "$mac_b" netns bench-b
  ip -n bench-a addr add "$address_a/24" dev end
  ip -n bench-b addr add "$address_b/24" dev end
  # The far end of native XDP: with a qdisc, a full veth ring makes the sender wait (kernel 6.16) instead of losing.
  if [[ $xdp == native ]]; then
    for side in a b; do ip netns exec "bench-$side" tc qdisc add dev end root pfifo; done
  fi
  for side in a b; do ip -n "bench-$side" link set end up; done
  for device in p0 p1; do ip -n bench-s link set "$device" up; done
  # By the route: a program that names it on its socket comes too late, and leaves bbr's pacing on.
  ip -n bench-a route replace "${address_a%.*}.0/24" dev end src "$address_a" congctl "$congestion"
  ip -n bench-b route replace "${address_b%.*}.0/24" dev end src "$address_b" congctl "$congestion"
  ip -n bench-a neigh replace "$address_b" lladdr "$mac_b" dev end nud permanent
  ip -n bench-b neigh replace "$address_a" lladdr "$mac_a" dev end nud permanent
}

# drop_links: ends every process in the namespaces, then the links, then the namespaces.
drop_links() {
  local side signal pids
  for signal in TERM TERM KILL; do
    pids=$(for side in a s b; do ip netns pids "bench-$side" 2>/dev/null || true; done)
    [[ -n $pids ]] || break
    # shellcheck disable=SC2086
    kill -"$signal" $pids 2>/dev/null || true
    for _ in {1..40}; do
      pids=$(for side in a s b; do ip netns pids "bench-$side" 2>/dev/null || true; done)
      [[ -n $pids ]] || break
      sleep 0.05
    done
  done
  # The links by themselves, since they go at once; a namespace may keep them for a while.
  for side in p0 p1; do ip -n bench-s link del "$side" 2>/dev/null || true; done
  for side in a s b; do ip netns del "bench-$side" 2>/dev/null || true; done
}

# offload_ends FEATURE on|off …: ethtool -K for both ends.
offload_ends() {
  "${a[@]}" ethtool -K end "$@" >/dev/null
  "${b[@]}" ethtool -K end "$@" >/dev/null
}

# learn: until a frame has passed both ways, so that nothing is flooded later.
learn() {
  for _ in {1..50}; do
    ! "${a[@]}" ping -q -c 1 -W 1 "$address_b" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  cannot "no ping through it within 5 s"
}
