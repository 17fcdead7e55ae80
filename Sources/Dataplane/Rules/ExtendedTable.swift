/// The extended rules of one direction. For each field a map from its value to the set of rules that accept it, as a bit
/// vector in the order of their weights; the first bit that all fields have is the rule that decides (Lakshman and
/// Stiliadis, SIGCOMM 1998).
///
/// A look-up is four maps, one array, and at most 16 words of five vectors: its cost is bounded whatever the rules say.
struct ExtendedTable {
  /// Rules of one port and direction.
  static var limit: Int { 1024 }

  /// What of a rule the road needs, in the order of weights.
  struct Rule {
    var cell: UInt32
    var idleSeconds: UInt32
    var isDeny: Bool
    var isStateful: Bool
  }

  /// Words of a vector; 0 when there is no rule.
  var words = 0
  var rules: UnsafePointer<Rule>
  /// Vectors, one behind the other; their numbers count from 1.
  var vectors: UnsafePointer<UInt64>
  /// Roots of maps whose values are vectors' numbers.
  var remoteIPv4: UInt32 = 0
  var remoteIPv6: UInt32 = 0
  var localIPv4: UInt32 = 0
  var localIPv6: UInt32 = 0
  var remotePorts: UInt32 = 0
  var localPorts: UInt32 = 0
  /// Vectors' numbers, by protocol and `Packet.unknownProtocol`.
  var protocols: UnsafePointer<UInt32>
  /// The vector for ports that cannot be read.
  var unknownPorts: UInt32 = 0

  /// The vector that holds every rule.
  static var everyRule: UInt32 { 1 }

  /// The index of the rule that decides, or nil when none matches.
  func first(matching packet: Packet, _ maps: RangeMaps) -> Int? {
    let isIPv6 = packet.network == .ipv6
    let remote = vector(
      maps.value(isIPv6 ? remoteIPv6 : remoteIPv4, at: packet.remoteHigh, packet.remoteLow))
    let local = vector(maps.value(isIPv6 ? localIPv6 : localIPv4, at: packet.localHigh, packet.localLow))
    let ipProtocol = vector(protocols[Int(packet.ipProtocol)])
    var remotePort = vector(Self.everyRule)
    var localPort = remotePort
    switch packet.ports {
    case .none: break
    case .known:
      remotePort = vector(maps.value(remotePorts, at: UInt64(packet.remotePort) << 48))
      localPort = vector(maps.value(localPorts, at: UInt64(packet.localPort) << 48))
    case .unknown: remotePort = vector(unknownPorts)
    }
    for i in 0..<words {
      let word = remote[i] & local[i] & ipProtocol[i] & remotePort[i] & localPort[i]
      if word != 0 { return i &* 64 &+ word.trailingZeroBitCount }
    }
    return nil
  }

  @inline(__always) private func vector(_ number: UInt32) -> UnsafePointer<UInt64> { vectors + Int(number) &* words }
}
