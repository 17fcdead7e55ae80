# Cases of acceptance: migrations.
# Sourced by Scripts/accept, which defines what they use.
# shellcheck shell=bash disable=SC2034,SC2154

# --- faults

faults() {
  MILLRACE_FAULT_RUNS=1000 long_test "1,000 migrations with faults end with exactly one running copy and equal memory" \
    'MigrationTests\.RandomFaultTests'
  grep -o 'FAULTS .*' "$scratch/test.log" || true
}

# --- stream

# receive: starts a target in h2, whose process `receiver` is, and returns when it listens. It takes in what comes until it
# is stopped: told how many to wait for, it would wait for ever for one that breaks before its greeting. Not by in_lab: the
# process is to be ended by its number.
receive() {
  : >"$scratch/receiver.log"
  "$millrace" lab exec --name "$lab" h2 -- "$millrace" migrate receive --plain --listen 0.0.0.0:7000 \
    >"$scratch/receiver.log" 2>&1 &
  receiver=$!
  until_ready "$receiver" "$scratch/receiver.log"
}

stream() {
  local turn receiver iperf=() migrate=()
  "$millrace" lab up --name "$lab" --hosts 2 >/dev/null
  for turn in 1 2 3 4 5; do
    say "turn $turn"
    in_lab h2 -- timeout --foreground 30 iperf3 -s -1 >/dev/null &
    sleep 0.5
    iperf+=("$(in_lab h1 -- timeout --foreground 30 iperf3 -J -c h2 -t 3 | jq .end.sum_received.bits_per_second)")
    wait
    receive
    migrate+=("$(in_lab h1 -- "$millrace" migrate send --plain --json --vm 2GiB --zero 0% --to 10.77.0.2:7000 | jq .goodputBitsPerSecond)")
    stop "$receiver"
  done
  "$millrace" lab down --name "$lab"
  local one two
  one=$(printf '%s\n' "${migrate[@]}" | sort -g | sed -n 3p)
  two=$(printf '%s\n' "${iperf[@]}" | sort -g | sed -n 3p)
  judge "one stream reaches at least 0.95 of what iperf3 reaches on the same path" \
    "$(awk "BEGIN { printf \"%.2f: %.2f against %.2f Gbit/s\", $one / $two, $one / 1e9, $two / 1e9 }")" holds "$one >= 0.95 * $two"
}

# --- transport

transport() {
  local report=report/transport/report.json
  experiment transport report/transport
  # times NAME: how many times as fast as tcp over one path.
  times() { jq -r --arg name "$1" '[.runs[] | {(.name): .seconds}] | add | .tcp / .[$name] * 100 | round / 100' "$report"; }
  judge "half-compressible memory takes at most 0.6 of the plain time" "$(times compression) times as fast" \
    holds "$(times compression) >= 1 / 0.6"
  judge "two paths are 1.9 times as fast as one" "$(times multichannel)" holds "$(times multichannel) >= 1.9"
  judge "a second path at half the rate makes 1.4 times" "$(times multichannel-half)" holds "$(times multichannel-half) >= 1.4"
  judge_verified
}

# --- compression, plan: migrations over a path of the lab

# limit RATE: holds what h1 sends; "none" lifts it.
limit() {
  in_lab h1 -- tc qdisc del dev eth0 root 2>/dev/null || true
  [[ $1 == none ]] || in_lab h1 -- tc qdisc replace dev eth0 root tbf rate "$1" burst 256kb latency 30ms
}

# migrate OPTION…: the seconds that migrations from h1 to h2 took. Fails when one is not verified.
migrate() {
  local receiver status=0
  receive
  in_lab h1 -- "$millrace" migrate send --plain --json --to 10.77.0.2:7000 "$@" |
    jq -e 'select([.migrations[].verified] | all).seconds' || status=$?
  stop "$receiver"
  return "$status"
}

median() { sort -g | sed -n "$((($1 + 1) / 2))p"; }

compression() {
  local rate size turn plain compressed one two
  "$millrace" lab up --name "$lab" --hosts 2 >/dev/null
  while read -r rate size; do
    limit "$rate"
    plain=() compressed=()
    for turn in 1 2 3 4 5; do
      say "$rate, turn $turn"
      # A tenth zeros, three fifths that compress to a quarter, the rest random: what is not zero compresses to half.
      plain+=("$(migrate --vm "$size" --compressible 60%)")
      compressed+=("$(migrate --vm "$size" --compressible 60% --transport compression)")
    done
    one=$(printf '%s\n' "${plain[@]}" | median 5)
    two=$(printf '%s\n' "${compressed[@]}" | median 5)
    judge "compression, link $rate: at most 1.05 of the plain time" "$(printf '%.2f: %.2f s, %.2f s' "$(jq -n "$two / $one")" "$two" "$one")" \
      holds "$two <= 1.05 * $one"
    [[ $rate != 1gbit ]] ||
      judge "compression, link $rate, half-compressible memory: at most 0.6 of the plain time" "$(printf %.2f "$(jq -n "$two / $one")")" holds "$two <= 0.6 * $one"
  done <<<$'100mbit 64MiB\n1gbit 512MiB\nnone 1GiB'
  beside_work
  "$millrace" lab down --name "$lab"
}

# work: how far programs come in 2 s that want every CPU; sessions of their own, as somebody else's would be.
work() {
  local cpu pids=()
  for ((cpu = 0; cpu < $(nproc); cpu++)); do
    # shellcheck disable=SC2016  # perl's variables
    setsid taskset -c "$cpu" perl -e '$SIG{ALRM} = sub { print "$n\n"; exit }; alarm 2; $n++ while 1' >"$scratch/work-$cpu" &
    pids+=($!)
  done
  wait "${pids[@]}"
  cat "$scratch"/work-* | awk '{ sum += $1 } END { print sum }'
}

# What such programs lose to compression: beside a migration that compresses, and beside a plain one.
beside_work() {
  local turn transport plain=() compressed=() one two
  limit 100mbit
  for turn in 1 2 3 4 5; do
    say "beside work, turn $turn"
    for transport in tcp compression; do
      migrate --vm 64MiB --compressible 60% --transport "$transport" >/dev/null &
      local migration=$!
      sleep 0.7
      if [[ $transport == tcp ]]; then plain+=("$(work)"); else compressed+=("$(work)"); fi
      wait "$migration"
    done
  done
  one=$(printf '%s\n' "${plain[@]}" | median 5)
  two=$(printf '%s\n' "${compressed[@]}" | median 5)
  judge "compression takes less than 5 % of what other programs get done on a busy host" \
    "$(jq -n "(1 - $two / $one) * 1000 | round / 10") %" holds "$two > 0.95 * $one"
}

plan() {
  local rate options link seen expected error receiver within=0 total=0
  "$millrace" lab up --name "$lab" --hosts 2 >/dev/null
  receive
  in_lab h1 -- "$millrace" migrate plan --calibrate --to 10.77.0.2:7000 --costs "$scratch/costs.json"
  stop "$receiver"
  while read -r rate options; do
    read -ra options <<<"$options"
    limit "$rate"
    link=()
    [[ $rate == none ]] || link=(--link "$(sed 's/mbit/Mbit/; s/gbit/Gbit/' <<<"$rate")")
    expected=$("$millrace" migrate plan --json --costs "$scratch/costs.json" "${link[@]}" "${options[@]}" | jq .seconds)
    # What no link holds is the CPUs' doing, and scatters as they do.
    if [[ $rate == none ]]; then
      seen=$(for _ in 1 2 3 4 5; do migrate "${options[@]}"; done | median 5)
    else
      seen=$(migrate "${options[@]}")
    fi
    error=$(jq -n "($expected / $seen - 1) * 1000 | round / 10")
    total=$((total + 1))
    if holds "$error <= 15 && $error >= -15"; then within=$((within + 1)); fi
    say "$rate ${options[*]}: expected $(printf %.2f "$expected") s, took $(printf %.2f "$seen") s, $error %"
  done <<'CASES'
100mbit --vm 64MiB
100mbit --vm 32MiB --count 3 --dirty-rate 1MiB
200mbit --vm 128MiB --dirty-rate 5MiB
200mbit --vm 128MiB --compressible 50% --transport compression
200mbit --vm 64MiB --dirty-rate 8MiB --working-set 16MiB
500mbit --vm 256MiB
500mbit --vm 256MiB --dirty-rate 20MiB
500mbit --vm 128MiB --count 4 --dirty-rate 5MiB
500mbit --vm 256MiB --zero 40%
500mbit --vm 512MiB --compressible 60% --transport compression
500mbit --vm 256MiB --dirty-rate 10MiB --transport multichannel
1gbit --vm 512MiB
1gbit --vm 512MiB --dirty-rate 50MiB
1gbit --vm 256MiB --count 4 --simultaneous 2
1gbit --vm 512MiB --compressible 30% --transport compression
1gbit --vm 512MiB --dirty-rate 200MiB --rounds 4
1gbit --vm 256MiB --count 2 --zero 50% --dirty-rate 10MiB
2gbit --vm 1GiB
2gbit --vm 1GiB --dirty-rate 100MiB
none --vm 2GiB
CASES
  "$millrace" lab down --name "$lab"
  judge "the planner is within 15 % of 20 measured durations" "$within of $total" test "$within" = "$total"
  judge "the published times follow from one another within 25 %" "$("$millrace" migrate plan --published --json | jq -r '[.published[].error * 100 | round | "\(.) %"] | join(", ")')" \
    test "$("$millrace" migrate plan --published --json | jq '[.published[].holds] | all')" = true
}

# --- qemu

qemu() {
  local report=report/qemu/report.json
  need_packages "${guest_packages[@]}"
  need_guest_kernel
  experiment qemu report/qemu
  judge "a guest lives on, however QEMU migrates it" "$(jq -r '[.runs[] | select(.verified) | .name] | join(", ")' "$report")" \
    test "$(jq '[.runs[].verified] | all' "$report")" = true
}

# --- engine

# Memory is equal byte for byte: a guest boots in QEMU, fills an eighth of its 1 GiB with random bytes, an eighth with bytes
# that compress to about 0.6, an eighth with random bytes once more, and is stopped. QEMU migrates it as it stands; a dump
# of it (pmemsave) is then what `migrate send --image` sends over the same path. Zstandard has level 1 in both. Both targets
# have touched their memory before the first page: QEMU's when it starts, ours while its source is connecting, which is
# no part of the seconds.
engine() {
  local report=report/engine/report.json name
  need_packages "${guest_packages[@]}"
  need_guest_kernel
  experiment engine report/engine
  # seconds NAME: the median.
  seconds() { jq -r --arg name "$1" '.runs[] | select(.name == $name) | .seconds' "$report"; }
  for name in plain multiple zstd; do
    judge "$name: at least as fast as QEMU over the same path, with the same memory" \
      "$(printf '%.2f s, QEMU %.2f s' "$(seconds "$name-millrace")" "$(seconds "$name-qemu")")" \
      holds "$(seconds "$name-millrace") <= $(seconds "$name-qemu")"
  done
  judge_verified
}
