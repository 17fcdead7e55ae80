import Units

/// The rate of a counter between the first and the last sample in which it grew: what came before traffic and after it
/// does not thin it out.
struct CountWindow {
  private var previous: (count: Int, time: Nanoseconds)?
  private var first: (count: Int, time: Nanoseconds)?
  private var last: (count: Int, time: Nanoseconds)?

  mutating func add(_ count: Int, at time: Nanoseconds) {
    if let previous, count > previous.count {
      // The sample before the growth may be far too early: begin at the one behind it.
      if first == nil { first = (count, time) }
      last = (count, time)
    }
    previous = (count, time)
  }

  var seconds: Double {
    guard let first, let last else { return 0 }
    return (last.time - first.time).seconds
  }

  var perSecond: Double {
    guard let first, let last, seconds > 0 else { return 0 }
    return Double(last.count - first.count) / seconds
  }
}
