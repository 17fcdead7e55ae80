import Units

/// When to pause the VM. Pure.
public struct ConvergenceRule: Hashable, Sendable {
  /// The pause that is aimed at.
  public var blackout: Nanoseconds
  /// Rounds at most, the paused one not counted.
  public var rounds: Int
  /// Slow the writers down, more each time, while rounds do not get shorter.
  public var throttles = false
  /// Hand over after so many rounds, whatever is left: the rest follows (post-copy).
  public var postCopyAfter: Int?

  /// QEMU aims at 300 ms, for guests of tens of GiB; 30 ms asks as much of the small VMs of a lab.
  public init(blackout: Nanoseconds = .milliseconds(30), rounds: Int = 30) {
    self.blackout = blackout
    self.rounds = rounds
  }

  package enum Decision: Hashable {
    case copyOn
    /// Pause now; the reason is for the figures.
    case pause(String)
  }

  /// `done`: rounds so far. `pages`: what is dirty now.
  package func decide(done: [RoundFigures], pages: Int) -> Decision {
    if pages == 0 { return .pause("nothing left to copy after \(Self.rounds(done.count))") }
    if let postCopyAfter, done.count >= postCopyAfter {
      return .pause("post-copy after \(Self.rounds(done.count)): \(pages) pages follow")
    }
    let rate = Self.bytesPerSecond(done)
    let seconds = Double(pages * MemoryImage.pageSize) / rate
    let estimate = "\(pages) pages left take \(Self.milliseconds(seconds)) at \(Self.rate(rate))"
    if seconds <= blackout.seconds {
      return .pause("\(estimate), within the target blackout of \(blackout), after \(Self.rounds(done.count))")
    }
    if done.count >= rounds {
      return .pause(
        "\(estimate), over the target blackout of \(blackout), but \(Self.rounds(done.count)) are the limit")
    }
    return .copyOn
  }

  /// The rate of the last rounds, as many as make up 16 MiB: a short round alone says little.
  package static func bytesPerSecond(_ done: [RoundFigures]) -> Double {
    var (bytes, seconds): (UInt64, Double) = (0, 0)
    for round in done.reversed() where bytes < 16 << 20 {
      bytes += round.bytes
      seconds += round.seconds
    }
    return Double(bytes) / max(seconds, 1e-9)
  }

  /// How much to take from the writers' rate, in percent: nothing while each round leaves less than half of the one
  /// before, then 20, and 10 more each time, 99 at most.
  package func throttle(_ percent: Int, done: [RoundFigures], pages: Int) -> Int {
    guard throttles, let last = done.last, pages * 2 > last.pages else { return percent }
    return percent == 0 ? 20 : min(percent + 10, 99)
  }

  private static func rounds(_ count: Int) -> String { count == 1 ? "1 round" : "\(count) rounds" }
  private static func milliseconds(_ seconds: Double) -> String {
    Nanoseconds(UInt64(max(seconds, 0) * 1e4) * 100_000).description
  }
  private static func rate(_ bytesPerSecond: Double) -> String {
    BitRate(bitsPerSecond: UInt64(bytesPerSecond * 8 / 1e7) * 10_000_000).description
  }
}
