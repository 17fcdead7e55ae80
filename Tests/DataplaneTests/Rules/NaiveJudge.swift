import Dataplane
import Units
import Wire

/// Rules as one would apply them first: every rule is compared with every frame, byte by byte. What the switch does with
/// a frame must be what this does. State is not kept: `stateful` counts as a plain allow.
struct NaiveJudge {
  var rules: PortRules.Direction
  var isIn: Bool
  /// Frames and bytes by cell.
  var counts: [UInt32: RuleCells.Count] = [:]

  init(_ rules: PortRules.Direction, isIn: Bool) { (self.rules, self.isIn) = (rules, isIn) }

  /// What a frame says, read from its bytes.
  struct Reading {
    enum Network { case none, ip, unreadable }
    var network = Network.none
    var source: [UInt8] = []
    var destination: [UInt8] = []
    /// nil: not known.
    var ipProtocol: Int?
    /// nil: there are none, or they cannot be read.
    var sourcePort: Int?
    var destinationPort: Int?
    var mayHavePorts = false
  }

  /// Judges a frame; nil: it passes, and this cell meters it when it is accepted.
  mutating func judge(_ frame: [UInt8], beside: Int? = nil) -> (drop: Counter?, meter: UInt32) {
    let bytes = UInt64(frame.count + (beside == nil ? 0 : 4))
    let reading = Self.read(frame, beside: beside)
    let (to, from) = (Array(frame[0..<6]), Array(frame[6..<12]))

    // The MAC list: a rule for the address itself before one for every address, deny before allow.
    let macs = rules.basic.filter { !$0.address.isIP && isFor($0, mac: ($0.end == .remote) == isIn ? from : to) }
    if let rule = deciding(macs, length: { if case .mac = $0.address { 48 } else { 0 } }) {
      count(rule.cell, bytes)
      if rule.action == .deny { return (.dropACL, rule.cell) }
    }
    switch reading.network {
    case .none: return (nil, rules.restCell)
    case .unreadable:
      let denies =
        rules.extended.contains { $0.action == .deny }
        || rules.basic.contains { $0.address.isIP && $0.action == .deny }
      return denies ? (.dropACLUnreadable, 0) : (nil, rules.restCell)
    case .ip: break
    }
    let remote = isIn ? reading.source : reading.destination
    let local = isIn ? reading.destination : reading.source
    func matches(_ rule: BasicRule) -> Bool {
      switch rule.address {
      case .any: true
      case .prefix(let prefix): Self.holds(prefix, rule.end == .remote ? remote : local)
      case .anyMAC, .mac: false
      }
    }
    func length(_ rule: BasicRule) -> Int { if case .prefix(let prefix) = rule.address { prefix.length } else { 0 } }

    let access = rules.basic.filter { $0.action != .meter && matches($0) }
    if let rule = deciding(access, length: length) {
      count(rule.cell, bytes)
      if rule.action == .deny { return (.dropACL, rule.cell) }
    }

    let sorted = rules.extended.sorted { $0.weight > $1.weight }
    if let rule = sorted.first(where: { matchesExtended($0, remote, local, reading) }) {
      count(rule.cell, bytes)
      if rule.action == .deny { return (.dropACL, rule.cell) }
    }

    let meters = rules.basic.filter { $0.action == .meter && matches($0) }
    let longest = meters.map(length).max() ?? 0
    let counting = meters.filter { length($0) == longest }.sorted { $0.end.rawValue < $1.end.rawValue }
    return (nil, counting.first?.cell ?? rules.restCell)
  }

  mutating func count(_ cell: UInt32, _ bytes: UInt64) {
    counts[cell, default: RuleCells.Count()].frames += 1
    counts[cell]!.bytes += bytes
  }

  /// The longest; of equally long ones a deny, else the remote one.
  private func deciding(_ rules: [BasicRule], length: (BasicRule) -> Int) -> BasicRule? {
    let longest = rules.map(length).max() ?? 0
    let candidates = rules.filter { length($0) == longest }.sorted { $0.end.rawValue < $1.end.rawValue }
    return candidates.first { $0.action == .deny } ?? candidates.first
  }

  private func isFor(_ rule: BasicRule, mac: [UInt8]) -> Bool {
    switch rule.address {
    case .anyMAC: true
    case .mac(let address): address.bytes == mac
    case .any, .prefix: false
    }
  }

  private func matchesExtended(
    _ rule: ExtendedRule, _ remote: [UInt8], _ local: [UInt8], _ reading: Reading
  ) -> Bool {
    if let prefix = rule.remote, !Self.holds(prefix, remote) { return false }
    if let prefix = rule.local, !Self.holds(prefix, local) { return false }
    // What cannot be read is held against the frame.
    if let wanted = rule.ipProtocol {
      guard let known = reading.ipProtocol else { return rule.action == .deny }
      if known != Int(wanted) { return false }
    }
    if rule.remotePorts == nil && rule.localPorts == nil { return true }
    guard let source = reading.sourcePort, let destination = reading.destinationPort else {
      return reading.mayHavePorts ? rule.action == .deny : true
    }
    let (remotePort, localPort) = isIn ? (source, destination) : (destination, source)
    return rule.remotePorts?.contains(UInt16(remotePort)) ?? true
      && rule.localPorts?.contains(UInt16(localPort)) ?? true
  }

  static func holds(_ prefix: IPPrefix, _ address: [UInt8]) -> Bool {
    guard address.count == (prefix.isIPv6 ? 16 : 4) else { return false }
    let network = prefix.address.bytes
    return (0..<prefix.length).allSatisfy { bit in
      (network[bit / 8] ^ address[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
    }
  }

  /// One 802.1Q tag in the frame or beside it is passed over; two are too many.
  static func read(_ frame: [UInt8], beside: Int?) -> Reading {
    var reading = Reading()
    func word(_ at: Int) -> Int { Int(frame[at]) << 8 | Int(frame[at + 1]) }
    var l3 = 14
    var type = word(12)
    if type == 0x8100 {
      guard beside == nil, frame.count >= 18 else {
        reading.network = .unreadable
        return reading
      }
      type = word(16)
      l3 = 18
    }
    if type == 0x8100 || type == 0x88A8 {
      reading.network = .unreadable
      return reading
    }
    guard type == 0x0800 || type == 0x86DD else { return reading }
    let isIPv4 = type == 0x0800
    let header = isIPv4 ? 20 : 40
    guard frame.count >= l3 + header, frame[l3] >> 4 == (isIPv4 ? 4 : 6) else {
      reading.network = .unreadable
      return reading
    }
    reading.network = .ip
    let size = isIPv4 ? 4 : 16
    let addresses = l3 + (isIPv4 ? 12 : 8)
    reading.source = Array(frame[addresses..<addresses + size])
    reading.destination = Array(frame[addresses + size..<addresses + 2 * size])
    reading.mayHavePorts = true
    let place = isIPv4 ? transport4(frame, l3, &reading) : transport6(frame, l3, &reading)
    guard let ipProtocol = reading.ipProtocol else { return reading }
    guard ipProtocol == 6 || ipProtocol == 17 else {
      reading.mayHavePorts = false
      return reading
    }
    guard let (l4, end) = place, l4 + 4 <= end, l4 + 4 <= min(frame.count, 256) else { return reading }
    reading.sourcePort = word(l4)
    reading.destinationPort = word(l4 + 2)
    return reading
  }

  /// Where the transport header begins and the packet ends; nil for a fragment, or a header that contradicts itself.
  private static func transport4(_ frame: [UInt8], _ l3: Int, _ reading: inout Reading) -> (Int, Int)? {
    let headerLength = Int(frame[l3] & 15) * 4
    let length = Int(frame[l3 + 2]) << 8 | Int(frame[l3 + 3])
    guard headerLength >= 20, length >= headerLength, l3 + length <= frame.count else { return nil }
    reading.ipProtocol = Int(frame[l3 + 9])
    let fragment = (Int(frame[l3 + 6]) << 8 | Int(frame[l3 + 7])) & 0x3FFF
    return fragment == 0 ? (l3 + headerLength, l3 + length) : nil
  }

  private static func transport6(_ frame: [UInt8], _ l3: Int, _ reading: inout Reading) -> (Int, Int)? {
    let end = l3 + 40 + (Int(frame[l3 + 4]) << 8 | Int(frame[l3 + 5]))
    guard end <= frame.count else { return nil }
    var next = Int(frame[l3 + 6])
    var offset = l3 + 40
    var walked = 0
    while [0, 43, 60].contains(next) {
      guard offset + 8 <= end, offset + 8 <= 256, walked < 8 else { return nil }
      next = Int(frame[offset])
      offset += (Int(frame[offset + 1]) + 1) * 8
      walked += 1
    }
    guard offset <= end, next != 44 else { return nil }
    reading.ipProtocol = next
    return (offset, end)
  }
}
