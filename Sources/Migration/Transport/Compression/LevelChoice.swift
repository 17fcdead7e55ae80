import Units

/// Chooses the compression level that moves the most guest memory a second, by trying: on a slow link that is a costly
/// one, on a fast link none. Pure: the clock is a parameter.
package struct LevelChoice: Sendable {
  private struct Trial {
    /// Guest bytes a second.
    var rate: Double
    var end: Nanoseconds
    var length: Nanoseconds
    /// Trials so far.
    var count: Int
  }

  /// The level to use now.
  package private(set) var level = CompressionLevel.none
  /// It is the best one known, not one that is tried.
  package private(set) var isSettled = false
  private let allowed: [CompressionLevel]
  private var trials: [CompressionLevel: Trial] = [:]
  private var start: Nanoseconds?
  private var acknowledgedAtStart: UInt64 = 0
  private var guestBytes = 0
  private var wireBytes = 0
  private var isFirst = true

  /// A trial lasts this long at least, and until this much memory has passed; or the longest time.
  private static let shortest = Nanoseconds.milliseconds(25)
  private static let enough = 4 << 20
  /// Before the first trial: TCP begins slowly, which would flatter whatever is tried next.
  private static let warmUp = Nanoseconds.milliseconds(50)
  /// What compression must move more than none to be worth its CPU time, and to stand out from what trials scatter.
  private static let worthwhile = 1.1
  private static let longest = Nanoseconds.milliseconds(150)
  /// A level is tried again after this, or fifty times what its trial took: trying costs 2 % at most.
  private static let freshness = Nanoseconds.seconds(2)
  private static let rarity: UInt64 = 50

  package init(_ allowed: [CompressionLevel] = CompressionLevel.allCases) {
    self.allowed = allowed
    level = allowed[0]
  }

  /// Guest memory was sent as so many bytes, of which the target's TCP has acknowledged so many in all.
  ///
  /// What the socket's buffers swallow flatters a level, and so do those a former one filled: the lower of the rates
  /// at which memory was given to the sockets and at which it was acknowledged counts.
  package mutating func note(guestBytes: Int, wireBytes: Int, acknowledged: UInt64, at now: Nanoseconds) {
    guard allowed.count > 1 else { return }
    guard let start else { return begin(at: now, acknowledged) }
    self.guestBytes += guestBytes
    self.wireBytes += wireBytes
    let span = now - start
    let shortest = isFirst ? Self.warmUp : Self.shortest
    guard span >= Self.longest || (span >= shortest && self.guestBytes >= Self.enough) else { return }
    let seconds = span.seconds
    let given = Double(self.guestBytes) / seconds
    let taken =
      Double(acknowledged &- acknowledgedAtStart) / seconds * Double(self.guestBytes) / Double(max(self.wireBytes, 1))
    if !isFirst {
      let count = 1 + (trials[level]?.count ?? 0)
      trials[level] = Trial(rate: smoothed(min(given, taken)), end: now, length: span, count: count)
    }
    isFirst = false
    let before = level
    level = next(at: now)
    if level == before {
      begin(at: now, acknowledged)
    } else {
      // What was queued before leaves first: a trial begins with its first batch sent.
      self.start = nil
    }
  }

  private mutating func begin(at now: Nanoseconds, _ acknowledged: UInt64) {
    (start, acknowledgedAtStart, guestBytes, wireBytes) = (now, acknowledged, 0, 0)
  }

  /// Half of what was known counts on.
  private func smoothed(_ rate: Double) -> Double { trials[level].map { ($0.rate + rate) / 2 } ?? rate }

  private mutating func next(at now: Nanoseconds) -> CompressionLevel {
    isSettled = false
    guard trials[allowed[0]] != nil else { return allowed[0] }
    var best = trials.max { $0.value.rate < $1.value.rate }!
    if let none = trials[.none] {
      if best.value.rate < Self.worthwhile * none.rate { best = (.none, none) }
      // One trial may have met a moment at which a CPU was at something else.
      if best.key != .none && none.count < 2 { return .none }
    }
    for candidate in allowed where candidate != best.key {
      guard let trial = trials[candidate] else { return candidate }
      let due = max(Self.freshness.count, Self.rarity * trial.length.count)
      if now.count >= trial.end.count + due { return candidate }
      // Where the cheapest does not pay, CPU time is the bound, and a costlier one pays still less.
      if best.key == .none { break }
    }
    isSettled = true
    return best.key
  }
}
