/// Controlled delay (RFC 8289): a queue whose frames have waited longer than `target` for a whole interval drops, or marks, one
/// frame, then more and more often until they do not. Times in nanoseconds.
struct CoDel {
  var firstAbove: UInt64 = 0
  var next: UInt64 = 0
  var count: UInt32 = 0
  var lastCount: UInt32 = 0
  var isDropping = false

  static var interval: UInt64 { 100_000_000 }

  /// Judges the frame at the head of its queue: true when it is to be dropped or marked.
  ///
  /// - Parameters:
  ///   - delay: how long it has waited.
  ///   - isLast: the queue is so short that nothing is to be gained.
  mutating func drops(delay: UInt64, isLast: Bool, now: UInt64, target: UInt64) -> Bool {
    var mayDrop = false
    if delay < target || isLast {
      firstAbove = 0
    } else if firstAbove == 0 {
      firstAbove = now &+ Self.interval
    } else {
      mayDrop = now >= firstAbove
    }
    if isDropping {
      if !mayDrop {
        isDropping = false
        return false
      }
      if now < next { return false }
      count &+= 1
      next = control(from: next)
      return true
    }
    guard mayDrop else { return false }
    isDropping = true
    // The rate that was right a short while ago is a better beginning than the lowest.
    let gained = count &- lastCount
    count = gained > 1 && now &- next < 16 &* Self.interval ? gained : 1
    lastCount = count
    next = control(from: now)
    return true
  }

  private func control(from moment: UInt64) -> UInt64 {
    moment &+ UInt64(Double(Self.interval) / Double(count).squareRoot())
  }
}
