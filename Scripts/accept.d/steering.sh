# Cases of acceptance: which worker serves what, and which link.
# Sourced by Scripts/accept, which defines what they use.
# shellcheck shell=bash disable=SC2034,SC2154

# --- spread

spread() {
  local report=report/report.json
  experiment spread report
  at_most() { judge "$1: at most 43 % of the link" "$(link_use "$1") %" holds "$(link_use "$1") <= 43"; }
  at_least() { judge "$1: at least 95 % of the link" "$(link_use "$1") %" holds "$(link_use "$1") >= 95"; }
  at_most single-4-to-1
  at_most vmq-4-to-1
  at_least vmq-vrss-4-to-1
  at_least rss-4-to-1
  at_least vmq-4-to-4
  at_least receiver-rss-sender-vmq-4-to-1
  at_most receiver-vmq-sender-rss-4-to-1
  judge "one migration gains nothing from vRSS (within 10 %)" "vmq $(link_use vmq-1-to-1) %, vmq+vrss $(link_use vmq-vrss-1-to-1) %" \
    holds "$(link_use vmq-vrss-1-to-1) <= 1.1 * $(link_use vmq-1-to-1)"
  local name flows worth
  for name in vmq-vrss-4-to-1-unlimited vmq-vrss-8-to-1-unlimited; do
    flows=${name#vmq-vrss-}
    worth=$(jq -r --arg name "$name" '.runs[] | select(.name == $name) | .workersWorth * 100 | round / 100' "$report")
    judge "$name: 0.9 x ${flows%%-*} workers or more" "$worth workers" holds "$worth >= 0.9 * ${flows%%-*}"
  done
  judge_verified
  judge "no segment out of order in any run" "$(jq '[.runs[].reorderings] | add' "$report") reorderings" \
    test "$(jq '[.runs[].reorderings] | add' "$report")" = 0
}

# --- moves, coalesce, dynamic

moves() {
  long_test "0 datagrams and TCP segments out of order across 10,000 forced moves, two workers with 20 % or more" \
    'SwitchTests\.SwitchTests/(Moves|Arrangements)'
  local seen
  seen=$(sed -n 's/^held, //p' "$scratch/test.log" | paste -sd ';')
  judge "frames wait 1 ms at most for a move (p99.9 of the longest waits, workers realtime)" "$seen" \
    holds "$(sed -n 's/^held, .*realtime: .* p99.9 \([0-9.]*\) us.*/\1/p' "$scratch/test.log" | sort -n | tail -n 1) <= 1000"
}

coalesce() {
  local waited=0 before after most
  "$millrace" lab up --name "$lab" --hosts 16 --workers 0,1,0,1 >/dev/null
  used() { show queues | jq -c '[.queues[] | .workers[], .homeWorker] | unique'; }
  while [[ $(used) != "[0]" ]] && ((waited < 120)); do
    sleep 1
    waited=$((waited + 1))
  done
  judge "16 quiet VMs end on one worker" "workers $(used) after $waited s" test "$(used)" = "[0]"
  before=$(show workers | jq -c '[.workers[].cpuSeconds]')
  sleep 20
  after=$(show workers | jq -c '[.workers[].cpuSeconds]')
  most=$(jq -n --argjson a "$before" --argjson b "$after" '[range(1; $a | length) | ($b[.] - $a[.]) / 20 * 100] | max * 100 | round / 100')
  judge "each other worker uses less than 1 % of a CPU over 20 s" "$most % at most" holds "$most < 1"
  "$millrace" lab down --name "$lab"
}

dynamic() {
  local report=report/dynamic/report.json name part
  experiment dynamic report/dynamic --repeats 9 --case vmq-dynamic --case vmq-vrss-dynamic
  for name in vmq-dynamic vmq-vrss-dynamic; do
    # whole FIELD OTHER: one sum over all phases of all repeats by another.
    whole() {
      jq -r --arg name "$name" --arg a "$1" --arg b "$2" '[.runs[] | select(.name == $name).repeats[].phases[]]
        | (map(.[$a] * .seconds) | add) / (map(.[$b] * .seconds) | add) * 1000 | round / 1000' "$report"
    }
    part=$(whole carriedBitsPerSecond bestBitsPerSecond)
    judge "$name: at least 95 % of a placement chosen anew for each shift" "$part" holds "$part >= 0.95"
    part=$(whole carriedBitsPerSecond bestStaticBitsPerSecond)
    judge "$name: never less than the best single placement" "$part" holds "$part >= 1"
    part=$(jq -r --arg name "$name" '[.runs[] | select(.name == $name).repeats[].phases[]
      | .recoveredBitsPerSecond / .bestBitsPerSecond] | sort | .[length / 2 | floor] * 1000 | round / 1000' "$report")
    judge "$name: back at 95 % of the best placement within 3 s of a shift (median)" "$part" holds "$part >= 0.95"
    part=$(jq -r --arg name "$name" '[.runs[] | select(.name == $name).repeats[] | .moves as $moves | .phases[]
      | . as $phase | [$moves[] | select(.seconds >= $phase.startSeconds and .seconds < $phase.startSeconds + $phase.seconds)
      | [.port, .entry]] | length - (unique | length)] | add' "$report")
    judge "$name: nothing moves twice while the load stays as it is" "$part times" test "$part" = 0
    part=$(jq -r --arg name "$name" '[.runs[] | select(.name == $name).repeats[].reorderings] | add' "$report")
    judge "$name: no segment out of order" "$part reorderings" test "$part" = 0
  done
}

# --- team

team() {
  local report=report/team/report.json name
  experiment team report/team
  for name in dynamic-4 dynamic-6 dynamic-16; do
    judge "$name: at least 1.9 times one link" "$(link_use "$name") % of two" holds "$(link_use "$name") >= 95"
  done
  for name in dynamic-1 hyperv-port-4; do
    judge "$name: at most one link" "$(link_use "$name") % of two" holds "$(link_use "$name") <= 53"
  done
  # pause NAME: the longest pause of any connection of any repeat, in milliseconds.
  pause() { jq -r --arg name "$1" '.runs[] | select(.name == $name) | .longestPauseMilliseconds | round' "$report"; }
  for name in dynamic-4 address-hash-4 hyperv-port-4; do
    judge "$name, one link fails: no connection pauses for 200 ms" "$(pause "$name-link-fails") ms" \
      holds "$(pause "$name-link-fails") < 200"
  done
  judge_verified
  long_test "a flow goes on by the other link when its own fails" 'SwitchTests\.SwitchTests/Teams/aFlowGoesOnByTheOtherLink'
  local seen
  seen=$(sed -n 's/^failover, //p' "$scratch/test.log" | paste -sd ';')
  judge "from before a carrier is taken away to frames on the other link: 50 ms at most" "$seen" \
    holds "$(sed -n 's/^failover, .*: \([0-9.]*\) ms.*/\1/p' "$scratch/test.log" | sort -n | tail -n 1) <= 50"
}
