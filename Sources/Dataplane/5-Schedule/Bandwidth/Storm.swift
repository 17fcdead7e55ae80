extension Worker {
  /// Whether a frame to many is more than its port may send; charges it if not.
  func isStorm(_ frame: UnsafeMutablePointer<Frame>, _ view: UnsafeMutablePointer<BandwidthView>) -> Bool {
    let storm = view.pointee.inputs[Int(frame.pointee.input)].storm
    if storm < 0 { return false }
    let limit = view.pointee.limits + Int(storm)
    let ticks = now << RateLimit.shift
    if limit.pointee.paid > ticks { return true }
    limit.pointee.charge(Int(max(1, frame.pointee.gsoSegments)), at: ticks)
    return false
  }
}
