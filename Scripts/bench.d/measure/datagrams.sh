# UDP datagrams of 22 bytes (64-byte frames) from socket to socket. The receiver takes super-frames whole (UDP_GRO) and
# counts the datagrams in them; the kernel's UdpInDatagrams counts a super-frame once, so it stands beside.
# shellcheck shell=bash disable=SC2154

in_datagrams() { "${b[@]}" awk '/^Udp: [0-9]/ { print $2 }' /proc/net/snmp; }

# measure DATAGRAMS-A-CALL
measure() {
  local before receiver
  "${b[@]}" "$traffic" datagrams receive --address "$address_b" --payload 22 --seconds $((seconds + 10)) \
    >receive.json 2>receive.log &
  receiver=$!
  wait_for receive.log
  before=$(in_datagrams)
  with_cpu "${a[@]}" taskset -c 0 "$traffic" datagrams send --destination "$address_b" --payload 22 --segments "$1" \
    --seconds "$seconds" >send.json
  sleep 0.1
  kill -TERM "$receiver"
  wait "$receiver"
  (($(jq .datagrams receive.json) > 0)) || cannot "no datagram arrived of $(jq .sent send.json) sent"
  lasted receive.json send.json
  figure delivered "M datagrams/s" more "$(jq '.datagramsPerSecond / 1e6' receive.json)"
  beside offered "$(jq '.datagramsPerSecond / 1e6' send.json)"
  beside lostPercent "$(jq -s '100 * (1 - .[0].datagrams / .[1].sent)' receive.json send.json)"
  beside udpInDatagrams "$(($(in_datagrams) - before))"
}
