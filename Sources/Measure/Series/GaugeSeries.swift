import Units

/// A level read again and again, each read standing for the time since the one before (a load, a queue's length).
public struct GaugeSeries: Sendable {
  public typealias Sample = CounterSeries.Sample

  public private(set) var samples: [Sample] = []

  public init(_ samples: [Sample] = []) {
    for sample in samples { append(sample) }
  }

  /// Adds a read; one that is not later than the last is left out.
  public mutating func append(_ sample: Sample) {
    if let last = samples.last, sample.time <= last.time { return }
    samples.append(sample)
  }

  /// The mean over the window, each read weighted by the part of its time inside; nil when no read stands for any.
  public func mean(in window: Window) -> Double? {
    var weighted = 0.0
    var total = 0.0
    for (before, after) in zip(samples, samples.dropFirst()) {
      let overlap = (min(after.time, window.end) - max(before.time, window.start)).seconds
      weighted += after.value * overlap
      total += overlap
    }
    return total > 0 ? weighted / total : nil
  }
}
