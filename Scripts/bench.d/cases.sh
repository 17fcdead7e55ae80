# What is measured. Sourced by Scripts/bench.
# shellcheck shell=bash disable=SC2034

# NAME | part of --quick | file in measure/ | MTU | its arguments | what it is
case_table=(
  "flood-live-1       |      | flood     | 1500 | live 64 1       | 64-byte frames, 1 flow, sent as XDP frames by the kernel"
  "flood-live-64      | quick| flood     | 1500 | live 64 64      | 64-byte frames, 64 flows, sent as XDP frames by the kernel"
  "flood-live-4096    |      | flood     | 1500 | live 64 4096    | 64-byte frames, 4096 flows, sent as XDP frames by the kernel"
  "flood-socket-1     |      | flood     | 1500 | socket 64 1     | 64-byte frames, 1 flow, from a packet socket"
  "flood-socket-64    |      | flood     | 1500 | socket 64 64    | 64-byte frames, 64 flows, from a packet socket"
  "flood-socket-4096  |      | flood     | 1500 | socket 64 4096  | 64-byte frames, 4096 flows, from a packet socket"
  "imix-live          |      | flood     | 1500 | live imix 64    | IMIX (64, 570, 1514 bytes, 7:4:1), 64 flows, XDP frames"
  "imix-socket        |      | flood     | 1500 | socket imix 64  | IMIX, 64 flows, from a packet socket"
  "tcp-1500-1         | quick| tcp       | 1500 | 1               | TCP, 1 stream, MTU 1500"
  "tcp-1500-4         |      | tcp       | 1500 | 4               | TCP, 4 streams, MTU 1500"
  "tcp-1500-16        |      | tcp       | 1500 | 16              | TCP, 16 streams, MTU 1500"
  "tcp-9000-1         | quick| tcp       | 9000 | 1               | TCP, 1 stream, MTU 9000"
  "tcp-9000-4         |      | tcp       | 9000 | 4               | TCP, 4 streams, MTU 9000"
  "tcp-9000-16        |      | tcp       | 9000 | 16              | TCP, 16 streams, MTU 9000"
  "udp-socket         |      | datagrams | 1500 | 1               | 64-byte UDP from a socket to a socket with UDP_GRO"
  "udp-socket-segment | quick| datagrams | 1500 | 64              | 64-byte UDP sent by UDP_SEGMENT, 64 at a time, to a socket with UDP_GRO"
  "udp-latency        | quick| latency   | 1500 | udp idle        | UDP request and response, 22 bytes, one at a time"
  "udp-latency-awake  |      | latency   | 1500 | udp awake       | UDP request and response while no CPU goes idle"
  "udp-latency-load   |      | latency   | 1500 | udp load        | UDP request and response at half load"
  "udp-latency-sparse |      | latency   | 1500 | udp sparse      | UDP request and response after 10 ms of silence each"
  "tcp-latency        |      | latency   | 1500 | tcp idle        | TCP request and response, 22 bytes, one at a time"
  "tcp-latency-awake  |      | latency   | 1500 | tcp awake       | TCP request and response while no CPU goes idle"
  "tcp-latency-load   |      | latency   | 1500 | tcp load        | TCP request and response at half load"
  "idle               | quick| idle      | 1500 | -               | CPU used with nothing to forward"
)

# select_cases PATTERN…: the lines of the table whose names match, trimmed, into `cases`; `quick` matches those of --quick.
select_cases() {
  local line pattern name quick matched
  cases=()
  for pattern in "$@"; do
    matched=
    for line in "${case_table[@]}"; do
      line=$(sed 's/ *| */|/g' <<<"$line")
      IFS='|' read -r name quick _ <<<"$line"
      # shellcheck disable=SC2053  # a pattern, not a word
      [[ $name == $pattern || ($pattern == quick && $quick == quick) ]] || continue
      matched=1
      [[ " ${cases[*]} " == *" $line "* ]] || cases+=("$line")
    done
    [[ $matched ]] || fail 64 "no case is called '$pattern'" "names: sudo $0 --list"
  done
}
