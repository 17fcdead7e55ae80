import Wire

/// A list of classes, ready for look-up: for each field one bit per class, and the first class whose bits are all set
/// is the frame's (bit vectors, after Lakshman and Stiliadis, SIGCOMM 1998). The bit behind the last class is always set.
struct ClassTable {
  private let dscp: UnsafeMutablePointer<UInt64>
  private let priorities: UnsafeMutablePointer<UInt64>
  private let protocols: UnsafeMutablePointer<UInt64>
  private let ports: UnsafeMutablePointer<PortRule>
  private let prefixes: UnsafeMutablePointer<PrefixRule>
  private let portCount: Int
  private let prefixCount: Int
  /// Classes that do not ask for local, remote, or either's port; and for prefixes.
  private let anyLocalPort: UInt64
  private let anyRemotePort: UInt64
  private let anyPort: UInt64
  private let anyLocal: UInt64
  private let anyRemote: UInt64
  /// Some class asks for something of an IP packet.
  private let readsIP: Bool
  private let readsPorts: Bool
  let count: Int

  enum Side { case local, remote, either }

  private struct PortRule {
    var side: Side
    var first: UInt16
    var last: UInt16
    var bit: UInt64
  }

  private struct PrefixRule {
    var isRemote: Bool
    var prefix: IPPrefix
    var bit: UInt64
  }

  /// At most 63 classes.
  init(_ matches: [ClassMatch]) {
    count = matches.count
    let bits = matches.indices.map { UInt64(1) << UInt64($0) }
    func bitsOf(_ fits: (ClassMatch) -> Bool) -> UInt64 {
      zip(matches, bits).reduce(1 << UInt64(matches.count)) { fits($1.0) ? $0 | $1.1 : $0 }
    }
    func table(_ size: Int, _ fits: (ClassMatch, Int) -> Bool) -> UnsafeMutablePointer<UInt64> {
      let table = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
      for i in 0..<size { (table + i).initialize(to: bitsOf { fits($0, i) }) }
      return table
    }
    // The last entry is for what has none: no IP, no protocol that was found.
    dscp = table(65) { match, value in match.dscp.map { value < 64 && $0 & (1 << UInt64(value)) != 0 } ?? true }
    priorities = table(8) { match, value in match.priorities.map { $0 & (1 << UInt8(value)) != 0 } ?? true }
    protocols = table(257) { match, value in
      match.protocols.map { value < 256 && $0.contains(UInt8(truncatingIfNeeded: value)) } ?? true
    }
    var portRules: [PortRule] = []
    var prefixRules: [PrefixRule] = []
    for (match, bit) in zip(matches, bits) {
      for (side, range) in [(Side.local, match.localPorts), (.remote, match.remotePorts), (.either, match.eitherPort)] {
        guard let range else { continue }
        portRules.append(PortRule(side: side, first: range.lowerBound, last: range.upperBound, bit: bit))
      }
      if let prefix = match.local { prefixRules.append(PrefixRule(isRemote: false, prefix: prefix, bit: bit)) }
      if let prefix = match.remote { prefixRules.append(PrefixRule(isRemote: true, prefix: prefix, bit: bit)) }
    }
    anyLocalPort = bitsOf { $0.localPorts == nil }
    anyRemotePort = bitsOf { $0.remotePorts == nil }
    anyPort = bitsOf { $0.eitherPort == nil }
    anyLocal = bitsOf { $0.local == nil }
    anyRemote = bitsOf { $0.remote == nil }
    readsPorts = !portRules.isEmpty
    readsIP = matches.contains { $0.dscp != nil || $0.protocols != nil } || readsPorts || !prefixRules.isEmpty
    (portCount, prefixCount) = (portRules.count, prefixRules.count)
    ports = .allocate(capacity: max(1, portCount))
    ports.initialize(from: portRules, count: portCount)
    prefixes = .allocate(capacity: max(1, prefixCount))
    prefixes.initialize(from: prefixRules, count: prefixCount)
  }

  func deallocate() {
    dscp.deallocate()
    priorities.deallocate()
    protocols.deallocate()
    ports.deallocate()
    prefixes.deallocate()
  }

  /// The class of a frame: 0 to `count`, which is none of them.
  ///
  /// - Parameter isInward: the frame arrived by an uplink: its source is remote.
  @inline(__always)
  func find(_ frame: UnsafeMutablePointer<Frame>, _ start: UnsafeRawPointer, priority: Int, isInward: Bool) -> Int {
    if count == 0 { return 0 }
    var bits = priorities[priority & 7]
    if readsIP { bits &= ipBits(frame, start, isInward) }
    return bits.trailingZeroBitCount
  }

  @inline(__always)
  private func ipBits(_ frame: UnsafeMutablePointer<Frame>, _ start: UnsafeRawPointer, _ isInward: Bool) -> UInt64 {
    let isIP = frame.pointee.isIP
    var bits = dscp[isIP ? Int(frame.pointee.dscp(start)) : 64] & protocols[isIP ? Int(frame.pointee.ipProtocol) : 256]
    if readsPorts { bits &= portBits(frame, start, isInward) }
    if prefixCount > 0 { bits &= prefixBits(frame, start, isInward) }
    return bits
  }

  private func portBits(_ frame: UnsafeMutablePointer<Frame>, _ start: UnsafeRawPointer, _ isInward: Bool) -> UInt64 {
    var (local, remote, either) = (anyLocalPort, anyRemotePort, anyPort)
    if let pair = frame.pointee.ports(start) {
      let source = UInt16(truncatingIfNeeded: pair >> 16)
      let destination = UInt16(truncatingIfNeeded: pair)
      let (here, there) = isInward ? (destination, source) : (source, destination)
      for i in 0..<portCount {
        let rule = ports + i
        let (first, last) = (rule.pointee.first, rule.pointee.last)
        switch rule.pointee.side {
        case .local: if here >= first && here <= last { local |= rule.pointee.bit }
        case .remote: if there >= first && there <= last { remote |= rule.pointee.bit }
        case .either:
          if here >= first && here <= last || there >= first && there <= last { either |= rule.pointee.bit }
        }
      }
    }
    return local & remote & either
  }

  @inline(never)
  private func prefixBits(_ frame: UnsafeMutablePointer<Frame>, _ start: UnsafeRawPointer, _ isInward: Bool) -> UInt64 {
    var (local, remote) = (anyLocal, anyRemote)
    guard frame.pointee.isIP else { return local & remote }
    for i in 0..<prefixCount {
      let rule = prefixes + i
      let address = frame.pointee.address(start, isDestination: rule.pointee.isRemote != isInward)
      if rule.pointee.prefix.holds(isIPv6: frame.pointee.isIPv6, address.high, address.low) {
        if rule.pointee.isRemote { remote |= rule.pointee.bit } else { local |= rule.pointee.bit }
      }
    }
    return local & remote
  }
}
