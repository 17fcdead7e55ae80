import Units

/// A counter read again and again: what it said at which moment of the monotonic clock.
///
/// Reads are about 100 ms apart and a window's edges fall between them, so the value at an edge is interpolated: the
/// counter is taken to grow evenly between two reads.
public struct CounterSeries: Sendable {
  public struct Sample: Hashable, Sendable, Codable {
    public var time: Nanoseconds
    public var value: Double

    public init(time: Nanoseconds, value: Double) {
      self.time = time
      self.value = value
    }
  }

  public private(set) var samples: [Sample] = []

  public init() {}

  /// Reads that are not later than the one before are left out.
  public init(_ samples: [Sample]) {
    for sample in samples { append(sample) }
  }

  /// Adds a read; one that is not later than the last is left out.
  public mutating func append(_ sample: Sample) {
    if let last = samples.last, sample.time <= last.time { return }
    samples.append(sample)
  }

  /// The counter at a moment between the first and the last read; nil outside.
  public func value(at time: Nanoseconds) -> Double? {
    guard let first = samples.first, let last = samples.last, time >= first.time, time <= last.time else { return nil }
    // The first read not before the moment: everything below `low` is before it.
    var low = 0
    var high = samples.count - 1
    while low < high {
      let middle = (low + high) / 2
      if samples[middle].time < time { low = middle + 1 } else { high = middle }
    }
    let after = samples[low]
    guard after.time > time, low > 0 else { return after.value }
    let before = samples[low - 1]
    let part = (time - before.time).seconds / (after.time - before.time).seconds
    return before.value + (after.value - before.value) * part
  }

  /// How much it grew inside the window; nil when the reads do not cover it.
  public func growth(in window: Window) -> Double? {
    guard let start = value(at: window.start), let end = value(at: window.end) else { return nil }
    return end - start
  }

  /// Growth a second inside the window; nil when the reads do not cover it.
  public func rate(in window: Window) -> Double? { growth(in: window).map { $0 / window.seconds } }

  /// Growth a second from each read to the next, at the later read's moment.
  public func rates() -> [Sample] {
    zip(samples, samples.dropFirst()).map { before, after in
      Sample(time: after.time, value: (after.value - before.value) / (after.time - before.time).seconds)
    }
  }

  /// The same after a moment and not later than another, in seconds since the first.
  public func rates(after start: Nanoseconds, to end: Nanoseconds = Nanoseconds(.max)) -> [(
    seconds: Double, value: Double
  )] {
    rates().filter { $0.time > start && $0.time <= end }.map { (($0.time - start).seconds, $0.value) }
  }
}
