# How many frames a second reach the other side when more are sent than a peer can carry.
# shellcheck shell=bash disable=SC2154

# measure live|socket BYTES|imix FLOWS
measure() {
  local generator=$1 sizes=$2 flows=$3 sink
  [[ $sizes != imix ]] || sizes=64:7,570:4,1514:1
  # A veth takes XDP frames only when its driver polls: with XDP in native mode, or with GRO.
  [[ $generator == socket || $xdp == native ]] || "${s[@]}" ethtool -K p0 gro on
  "${b[@]}" taskset -c 0 "$traffic" sink --interface end --seconds $((seconds + 10)) >sink.json 2>sink.log &
  sink=$!
  wait_for sink.log
  with_cpu "${a[@]}" taskset -c 0 "$traffic" flood --interface end --destination "$mac_b" \
    --destination-address "$address_b" --size "$sizes" --flows "$flows" --seconds "$seconds" \
    --generator "$generator" >flood.json
  sleep 0.1
  kill -TERM "$sink"
  wait "$sink"
  (($(jq .frames sink.json) > 0)) || cannot "no frame arrived of $(jq .sent flood.json) sent"
  lasted sink.json flood.json
  figure delivered "M frames/s" more "$(jq '.framesPerSecond / 1e6' sink.json)"
  beside offered "$(jq '.framesPerSecond / 1e6' flood.json)"
  beside lostPercent "$(jq -s '100 * (1 - .[0].frames / .[1].sent)' sink.json flood.json)"
}
