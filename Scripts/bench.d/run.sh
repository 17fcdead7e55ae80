# One run: fresh links, one peer, one measurement, one line of JSON. Sourced by Scripts/bench.
# shellcheck shell=bash disable=SC1090,SC2034,SC2154

# What a measurement found: figures to compare, and what stands beside them.
# figure NAME UNIT more|less VALUE       (more or less: what is better). Nothing may be used; nothing carried is no figure.
figure() {
  jq -e --arg better "$3" '. > 0 or (. == 0 and $better == "less")' >/dev/null <<<"$4" || cannot "no figure for $1: '$4'"
  jq -cn --arg name "$1" --arg unit "$2" --arg better "$3" --argjson value "$4" '$ARGS.named' >>figures
}
# beside NAME VALUE
beside() { jq -cn --arg name "$1" --argjson value "$2" '{($name): $value}' >>beside; }

# cannot REASON: ends the run; the table says why.
cannot() {
  printf '%s\n' "$*" >reason
  exit 1
}

# wait_for FILE: until it has the line `ready`.
wait_for() {
  for _ in {1..100}; do
    ! grep -qx ready "$1" || return 0
    sleep 0.1
  done
  cannot "not ready within 10 s: $(tail -n 1 "$1")"
}

# cpu_times: a line a CPU: ticks it worked, ticks in all (proc(5); not what the hypervisor took).
cpu_times() { awk '/^cpu[0-9]/ { w = $2 + $3 + $4 + $7 + $8; print w, w + $5 + $6 }' /proc/stat; }

# with_cpu CMD…: runs it, and notes how busy the CPUs were meanwhile, in percent.
with_cpu() {
  local status=0
  cpu_times >cpu.before
  "$@" || status=$?
  cpu_times >cpu.after
  beside cpu "[$(paste cpu.before cpu.after | awk '{ printf "%s%.0f", sep, 100 * ($3 - $1) / ($4 - $2); sep = ", " }')]"
  return "$status"
}

# lasted SINK SOURCE: frames must have arrived all the while they were sent, or the rate is that of a moment.
lasted() {
  jq -es '.[0].seconds >= 0.9 * .[1].seconds' "$1" "$2" >/dev/null ||
    cannot "frames arrived for $(jq .seconds "$1") s of the $(jq .seconds "$2") s they were sent"
}

# peer_lives PID…: all of these still run in the peer's namespace.
peer_lives() {
  local pid pids
  pids=" $(ip netns pids bench-s | tr '\n' ' ')"
  for pid in "$@"; do
    [[ $pids == *" $pid "* ]] || cannot "a process of the peer ended during the measurement"
  done
}

# perform PEER MEASUREMENT MTU ARGUMENT…: in a shell of its own.
perform() {
  set -euo pipefail
  local peer=$1 measurement=$2 mtu=$3 xdp=none refusal pids
  shift 3
  refuses() { :; }
  ends() { :; }
  [[ ! ${missing[$peer]:-} ]] || cannot "${missing[$peer]}, which could not be installed"
  source "$bench/peers/$peer.sh"
  source "$bench/measure/$measurement.sh"
  refusal=$(refuses "$measurement" "$@")
  [[ -z $refusal ]] || cannot "$refusal"
  make_links "$mtu"
  ends
  start
  learn
  mapfile -t pids < <(ip netns pids bench-s)
  measure "$@"
  peer_lives "${pids[@]}"
}

# run CASE ROUND PEER MEASUREMENT MTU ARGUMENT…: appends its record to runs.json, whatever happens.
run() {
  local case=$1 round=$2 peer=$3 status=0
  shift 2
  directory=$scratch/run
  rm -rf "$directory" && mkdir "$directory"
  # A process group of its own, so that it can be ended as a whole; without the lock, which would outlive this script.
  set -m
  (cd "$directory" && perform "$@") </dev/null >"$directory/log" 2>&1 9>&- &
  job=$!
  set +m
  wait "$job" || status=$?
  drop_links
  kill -KILL -- "-$job" 2>/dev/null || true
  job=
  local reason=
  if ((status)); then
    reason=$(cat "$directory/reason" 2>/dev/null || tail -n 1 "$directory/log")
    reason=${reason:-ended with code $status without a word}
    # The logs, unless it was known beforehand.
    if [[ -s $directory/log || -n $(find "$directory" -name '*.log') ]]; then
      rm -rf "$out/failed/$case-$peer-$round" && mkdir -p "$out/failed"
      writes "$out/failed/$case-$peer-$round"
      cp -r "$directory" "$out/failed/$case-$peer-$round" 2>/dev/null || true
    fi
  fi
  touch "$directory/figures" "$directory/beside"
  jq -cn --arg case "$case" --argjson round "$round" --arg peer "$peer" --arg reason "$reason" \
    --slurpfile figures "$directory/figures" --slurpfile beside "$directory/beside" \
    '{case: $case, round: $round, peer: $peer}
      + if $reason != "" then {didNotRun: $reason} else {figures: $figures, beside: ($beside | add // {})} end' |
    tee -a "$scratch/runs.json" |
    jq -r '"   \(.round)  \(.peer): \(.didNotRun // ([.figures[] | "\(.name) \(.value * 1000 | round / 1000) \(.unit)"] | join(", ")))"'
}
