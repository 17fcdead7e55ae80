# TCP throughput and retransmits, by iperf3. The client is on CPU 0; the server runs where the scheduler puts it.
# shellcheck shell=bash disable=SC2154

# measure STREAMS
measure() {
  "${b[@]}" iperf3 -s -1 >server.log 2>&1 &
  wait_for_listener 5201
  with_cpu timeout $((seconds + 30)) "${a[@]}" taskset -c 0 iperf3 -c "$address_b" -P "$1" -O 1 -t "$seconds" \
    -J >iperf3.json || cannot "iperf3: $(jq -r '.error // "did not end"' iperf3.json)"
  figure throughput Gbit/s more "$(jq '.end.sum_received.bits_per_second / 1e9' iperf3.json)"
  beside retransmits "$(jq .end.sum_sent.retransmits iperf3.json)"
}

# wait_for_listener PORT: until somebody listens for TCP there.
wait_for_listener() {
  for _ in {1..50}; do
    [[ -z $("${b[@]}" ss -Hltn "sport = :$1") ]] || return 0
    sleep 0.1
  done
  cannot "the server did not start: $(tail -n 1 server.log)"
}
