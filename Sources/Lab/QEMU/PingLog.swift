/// What `ping -D` printed: when each answer came. Pure.
public struct PingLog: Sendable, Equatable {
  public struct Answer: Sendable, Equatable {
    public var sequence: Int
    /// Since 1970.
    public var seconds: Double
  }

  public private(set) var answers: [Answer] = []

  public init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      // [1700000000.123456] 64 bytes from 10.77.0.200: icmp_seq=5 ttl=64 time=0.5 ms
      guard line.hasPrefix("["), line.contains(" bytes from "), let end = line.firstIndex(of: "]"),
        let seconds = Double(line[line.index(after: line.startIndex)..<end]),
        let field = line.split(separator: " ").first(where: { $0.hasPrefix("icmp_seq=") }),
        let sequence = Int(field.dropFirst("icmp_seq=".count))
      else { continue }
      answers.append(Answer(sequence: sequence, seconds: seconds))
    }
  }

  /// Echoes between the first answered one and the last that were not answered.
  public var lost: Int {
    guard let first = answers.first, let last = answers.last else { return 0 }
    return last.sequence - first.sequence + 1 - Set(answers.map(\.sequence)).count
  }

  /// From a moment, in seconds since 1970, to the first answer after it, in milliseconds; nil when there was none.
  public func firstAnswerMilliseconds(after time: Double) -> Double? {
    answers.first { $0.seconds >= time }.map { ($0.seconds - time) * 1000 }
  }

  /// The longest time between two answers, in milliseconds; nil when there are fewer than two.
  public var longestGapMilliseconds: Double? {
    zip(answers, answers.dropFirst()).map { ($1.seconds - $0.seconds) * 1000 }.max()
  }
}
