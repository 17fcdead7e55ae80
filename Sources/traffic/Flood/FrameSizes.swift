import ArgumentParser

/// The sizes of a flood's frames, each with how many of every so many: `64`, or `64:7,570:4,1514:1`.
struct FrameSizes: ExpressibleByArgument, CustomStringConvertible {
  /// Bytes without FCS, and how many frames of a round have them.
  private(set) var shares: [(size: Int, frames: Int)] = []

  init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let numbers = part.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard let size = numbers[0], size > 0, let frames = numbers.count == 1 ? 1 : numbers[1], frames > 0,
        numbers.count <= 2
      else { return nil }
      shares.append((size, frames))
    }
    guard frames <= Self.longestRound else { return nil }
  }

  static let longestRound = 64

  /// Frames of a round.
  var frames: Int { shares.reduce(0) { $0 + $1.frames } }

  /// The size of each frame of a round, in order.
  var round: [Int] { shares.flatMap { Array(repeating: $0.size, count: $0.frames) } }

  var mean: Double { Double(round.reduce(0, +)) / Double(frames) }

  var description: String {
    shares.count == 1 ? "\(shares[0].size)" : shares.map { "\($0.size):\($0.frames)" }.joined(separator: ",")
  }
}
