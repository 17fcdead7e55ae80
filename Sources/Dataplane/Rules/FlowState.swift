/// How far a flow has come. TCP is followed by its flags (RFC 9293, simplified: sequence numbers are not judged); other
/// protocols are established from their first frame.
package enum FlowState: UInt8, Sendable {
  /// Not in use.
  case none
  /// TCP: the opener spoke, the other end has not answered.
  case opening
  case established
  /// TCP: one end has finished (FIN), the opener or the other.
  case openerFinished
  case otherFinished
  /// TCP: both ends have finished, or one has reset the flow. The last frames may still pass.
  case closed

  /// TCP header flags (byte 13).
  package enum Flag {
    package static var fin: UInt8 { 1 }
    package static var syn: UInt8 { 2 }
    package static var rst: UInt8 { 4 }
    package static var ack: UInt8 { 16 }
  }

  /// The state of a flow whose first frame carries these flags. A TCP flow whose beginning was not seen, as after a
  /// restart of the switch, is taken as established.
  package static func first(isTCP: Bool, flags: UInt8) -> FlowState {
    isTCP && flags & (Flag.syn | Flag.ack) == Flag.syn ? .opening : .established
  }

  /// Whether a frame with these flags may begin a flow: not one that ends it.
  package static func mayBegin(isTCP: Bool, flags: UInt8) -> Bool { !isTCP || flags & (Flag.rst | Flag.fin) == 0 }

  /// The state after a TCP frame.
  package func after(flags: UInt8, fromOpener: Bool) -> FlowState {
    if flags & Flag.rst != 0 { return .closed }
    let ends = flags & Flag.fin != 0
    switch self {
    case .none, .closed: return self
    case .opening:
      if fromOpener { return ends ? .openerFinished : .opening }
      return ends ? .otherFinished : .established
    case .established: return ends ? fromOpener ? .openerFinished : .otherFinished : self
    case .openerFinished: return ends && !fromOpener ? .closed : self
    case .otherFinished: return ends && fromOpener ? .closed : self
    }
  }

  /// A closed flow's ports may be used again at once: a new SYN is judged as a new flow's.
  package func endsBefore(isTCP: Bool, flags: UInt8) -> Bool {
    self == .closed && isTCP && flags & (Flag.syn | Flag.ack) == Flag.syn
  }

  /// How long a flow in this state may be silent, in seconds. A half-open or closed one not as long as one at work.
  package func patience(idleSeconds: UInt32) -> UInt32 {
    switch self {
    case .none: 0
    case .opening: min(idleSeconds, 30)
    case .closed: min(idleSeconds, 10)
    default: idleSeconds
    }
  }
}
