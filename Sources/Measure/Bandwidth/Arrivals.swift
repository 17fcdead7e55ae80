import Lab
import Units

/// What arrives at a host, counted by its kernel at the IP layer, where a super-frame counts as its segments.
package enum Arrivals {
  /// Reads ten times a second inside the host: a process for each reading would come late.
  private static let script = """
    exec {pause}<> <(:)
    for ((i = 0; i <= $1; i++)); do
      mapfile -t lines </proc/net/netstat
      printf '%s\\n%s\\n%s\\n' "$EPOCHREALTIME" "${lines[2]}" "${lines[3]}"
      read -rt 0.1 -u "$pause"
    done
    true
    """

  /// Counts IP packets from now on, for so many tenths of a second.
  static func count(at host: Int, of lab: Lab, tenths: Int) async throws -> CounterSeries {
    let command = Precedence.command() + ["env", "LC_ALL=C", "bash", "-c", script, "bash", "\(tenths)"]
    return series(try await Program.run(lab.command(in: host, command)))
  }

  /// Of what the script prints: three lines a reading.
  package static func series(_ text: String) -> CounterSeries {
    let lines = text.split(whereSeparator: \.isNewline)
    return CounterSeries(
      stride(from: 0, to: lines.count - 2, by: 3).compactMap { i in
        guard let moment = Double(lines[i]) else { return nil }
        let counters = KernelCounters(lines[i + 1...i + 2].joined(separator: "\n"))
        // Each packet is counted under its ECN field.
        let packets = ["InNoECTPkts", "InECT0Pkts", "InECT1Pkts", "InCEPkts"].reduce(0) {
          $0 + (counters["IpExt", $1] ?? 0)
        }
        return .init(time: Nanoseconds(UInt64(moment * 1e9)), value: Double(packets))
      })
  }
}
