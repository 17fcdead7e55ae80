import Lab
import Units

/// Requests and responses: ICMP echoes, which the other host's kernel answers at once.
public struct RoundTrips: Hashable, Sendable, Codable {
  public var p50Microseconds: Double
  public var p99Microseconds: Double
  public var count: Int

  /// Of what ping(8) prints, a line an answer; nil when there was none.
  package init?(_ text: String) {
    let times = text.split(whereSeparator: \.isNewline).compactMap { line -> Double? in
      guard let field = line.split(separator: " ").first(where: { $0.hasPrefix("time=") }) else { return nil }
      return Double(field.dropFirst("time=".count))
    }.sorted()
    guard !times.isEmpty else { return nil }
    func atShare(_ share: Double) -> Double { times[min(times.count - 1, Int(Double(times.count) * share))] * 1000 }
    (p50Microseconds, p99Microseconds, count) = (atShare(0.5), atShare(0.99), times.count)
  }

  /// Asks `to` every 5 ms for so long.
  static func measure(in lab: Lab, from: Int, to: Int, seconds: Int) async throws -> RoundTrips {
    let command = ["ping", "-n", "-i", "0.005", "-c", "\(seconds * 200)", "-w", "\(seconds + 1)"]
    let asked = try lab.spawn(in: from, Precedence.command() + command + [lab.spec.address(of: to)])
    guard await asked.ends(within: .seconds(seconds + 10)), let found = RoundTrips(asked.output) else {
      throw ExperimentError(.failed, "\(command.joined(separator: " ")): no answer; \(asked.errorOutput)")
    }
    return found
  }
}
