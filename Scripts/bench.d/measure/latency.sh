# Request and response between two sockets, one at a time, by sockperf: percentiles of the round trip. Client and
# server are both on CPU 0, so that the peer has CPU 1 for itself.
# shellcheck shell=bash disable=SC2154

# Frames a second of the load, from a packet socket on CPU 0: half of what the slowest peer forwards of such.
load_rate=150000

# measure udp|tcp idle|awake|load|sparse
measure() {
  local options=(-i "$address_b" -p 11111 -m 22) pace=() cpu flood=
  [[ $1 == udp ]] || options+=(--tcp)
  case $2 in
    # A virtual CPU that goes idle comes back late, by as much as the host likes: a spinner of the lowest class on each
    # keeps them awake and gives way to everybody.
    awake)
      for cpu in 0 1; do
        "${b[@]}" chrt --idle 0 taskset -c "$cpu" bash -c 'while :; do :; done' &
      done
      ;;
    sparse) pace=(--mps=100) ;;
    # 64-byte frames to a port nobody listens on.
    load)
      "${a[@]}" taskset -c 0 "$traffic" flood --interface end --destination "$mac_b" \
        --destination-address "$address_b" --port 9 --size 64 --flows 64 --rate "$load_rate" --burst 8 \
        --seconds $((seconds + 30)) >flood.json &
      flood=$!
      ;;
  esac
  "${b[@]}" taskset -c 0 sockperf server "${options[@]}" >server.log 2>&1 &
  wait_for_server "$1"
  with_cpu timeout $((seconds + 15)) "${a[@]}" taskset -c 0 sockperf ping-pong "${options[@]}" --full-rtt \
    "${pace[@]}" -t "$seconds" >client.log 2>&1 || cannot "sockperf: $(tail -n 1 client.log)"
  if [[ $flood ]]; then
    kill -TERM "$flood" && wait "$flood" || cannot "the load ended before the measurement"
    beside load "$(jq '.framesPerSecond / 1e6' flood.json)"
    jq -e --argjson rate "$load_rate" '.framesPerSecond >= 0.9 * $rate' flood.json >/dev/null ||
      cannot "the load was $(jq .framesPerSecond flood.json) frames/s instead of $load_rate"
  fi
  figure p50 us less "$(percentile 50.000)"
  figure p99 us less "$(percentile 99.000)"
  figure p99.9 us less "$(percentile 99.900)"
  beside dropped "$(sed -n '/# dropped messages/ { s/.*# dropped messages = \([0-9]*\).*/\1/p; q }' client.log)"
  beside exchanges "$(awk '/Valid Duration/ { sub(".*ReceivedMessages=", ""); print $1 + 0 }' client.log)"
}

percentile() { awk -v p="$1" '/---> percentile/ && $4 == p { print $6; exit }' client.log; }

# wait_for_server udp|tcp: until sockperf has its socket.
wait_for_server() {
  for _ in {1..50}; do
    [[ -z $("${b[@]}" ss -Han "--$1" "sport = :11111") ]] || return 0
    sleep 0.1
  done
  cannot "sockperf's server did not start: $(tail -n 1 server.log)"
}
