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

  /// Whether every step was made once, in order, and nothing that must not change has changed.
  public var isWhole: Bool { counts == Array(1...max(1, counts.count)) && Set(sums).count == 1 }
}
