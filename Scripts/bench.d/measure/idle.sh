# CPU time of a peer's processes while nothing is to be forwarded, in percent of one CPU. A peer in the kernel has no
# process, and no work without frames.
# shellcheck shell=bash disable=SC2154

# cpu_nanoseconds: what all threads in the switch's namespace have used (proc(5), schedstat).
cpu_nanoseconds() {
  local pid
  for pid in $(ip netns pids bench-s); do cat "/proc/$pid"/task/*/schedstat; done | awk '{ n += $1 } END { printf "%.0f", n }'
}

measure() {
  local used began
  sleep 1
  used=$(cpu_nanoseconds) began=${EPOCHREALTIME/[.,]/}
  sleep "$seconds"
  used=$(($(cpu_nanoseconds) - used)) began=$((${EPOCHREALTIME/[.,]/} - began))
  figure idle "% of a CPU" less "$(awk -v ns="$used" -v us="$began" 'BEGIN { printf "%.2f", ns / us / 10 }')"
  beside processes "$(ip netns pids bench-s | wc -l)"
}
