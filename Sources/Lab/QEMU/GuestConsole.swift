/// What a guest said on its serial port, on the source and then on the target. Pure.
public struct GuestConsole: Sendable, Equatable {
  /// The sum of what must not change: first as it was made, then each time it was looked at.
  public private(set) var sums: [String] = []
  public private(set) var counts: [Int] = []

  /// A line that was cut by the move is whole in the two texts together.
  public init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.count == 2 else { continue }
      switch words[0] {
      case "ready", "sum": sums.append(String(words[1]))
      case "count": Int(words[1]).map { counts.append($0) }
      default: break
      }
    }
  }

  /// What is wrong: a step that was not made once and in order, or something that must not change and has changed. nil:
  /// nothing.
  public var fault: String? {
    if counts.isEmpty { return "it counted nothing" }
    if let place = counts.indices.first(where: { counts[$0] != $0 + 1 }) {
      return "step \(counts[place]) came where \(place + 1) was due"
    }
    if sums.isEmpty { return "it never summed up its memory" }
    if let other = sums.first(where: { $0 != sums[0] }) { return "the sum of its memory was \(sums[0]), then \(other)" }
    return nil
  }
}
