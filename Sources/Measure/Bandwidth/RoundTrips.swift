import Lab
import Units

/// Requests and responses: ICMP echoes, which the other host's kernel answers at once.
public struct RoundTrips: Hashable, Sendable, Codable {
  /// Percentiles of all echoes sent: one without an answer counts as later than every answer. nil: it is such a one.
  @Nullable public var p50Microseconds: Double?
  @Nullable public var p99Microseconds: Double?
  /// Echoes sent, and those of them without an answer.
  public var count: Int
  public var lost: Int

  /// Of what ping(8) prints, a line an answer, and how many echoes it sent; nil when it does not say that, or there was
  /// no answer.
  package init?(_ text: String) {
    let lines = text.split(whereSeparator: \.isNewline)
    let times = lines.compactMap { line -> Double? in
      guard !line.hasSuffix("(DUP!)"), let field = line.split(separator: " ").first(where: { $0.hasPrefix("time=") })
      else { return nil }
      return Double(field.dropFirst("time=".count))
    }.sorted()
    // 2000 packets transmitted, 1999 received, 0.05% packet loss, time 9998ms
    let summary = lines.last { $0.contains(" packets transmitted, ") }
    guard let sent = summary?.split(separator: " ").first.flatMap({ Int($0) }), !times.isEmpty, sent >= times.count
    else { return nil }
    func atShare(_ share: Double) -> Double? {
      let place = min(sent - 1, Int(Double(sent) * share))
      return place < times.count ? times[place] * 1000 : nil
    }
    (p50Microseconds, p99Microseconds) = (atShare(0.5), atShare(0.99))
    (count, lost) = (sent, sent - times.count)
  }

  /// A percentile, for people.
  static func text(_ microseconds: Double?) -> String {
    microseconds.map { Figure.milliseconds($0 / 1000) } ?? "no answer"
  }

  /// Asks `to` every 5 ms for so long.
  static func measure(in lab: Lab, from: Int, to: Int, seconds: Int) async throws -> RoundTrips {
    // With a deadline (-w) it would go on asking in place of what is lost, and end while answers are on their way.
    let command = ["ping", "-n", "-i", "0.005", "-c", "\(seconds * 200)", "-W", "1"]
    let asked = try lab.spawn(in: from, Precedence.command() + command + [lab.spec.address(of: to)])
    guard await asked.ends(within: .seconds(seconds + 10)), let found = RoundTrips(asked.output) else {
      throw ExperimentError(.failed, "\(command.joined(separator: " ")): no answer; \(asked.errorOutput)")
    }
    return found
  }
}
