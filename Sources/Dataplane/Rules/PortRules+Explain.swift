/// What a port's rules would do with a packet, told without counting it.
public struct RuleExplanation: Sendable, Equatable {
  /// The cell of the rule that decides in each list, 0 for none: by MAC address, by IP address, with a weight.
  public var mac: UInt32 = 0
  public var access: UInt32 = 0
  public var extended: UInt32 = 0
  /// The cell of the meter that counts the packet when it passes; 0: none.
  public var meter: UInt32 = 0
  /// Why it is dropped; nil: it passes.
  public var drop: Counter?

  public init() {}
}

extension PortRules {
  /// Asks the very tables that workers read. Flows that stateful rules keep are left out: the answer is that for a flow's
  /// first packet.
  public func explain(_ packet: Packet, isIn: Bool) -> RuleExplanation {
    guard let set = isIn ? self.in : out else { return RuleExplanation() }
    return set.pointee.explain(packet)
  }
}

extension RuleSet {
  fileprivate func explain(_ packet: Packet) -> RuleExplanation {
    var said = RuleExplanation()
    let mac = RuleWord.deciding(
      maps.value(remote.mac, at: packet.remoteMAC << 16), maps.value(local.mac, at: packet.localMAC << 16))
    said.mac = RuleWord.cell(mac)
    if RuleWord.isDeny(mac) { said.drop = .dropACL }
    switch packet.network {
    case .none: return said
    case .unreadable:
      if said.drop == nil && deniesIP { said.drop = .dropACLUnreadable }
      return said
    case .ipv4, .ipv6: break
    }
    let isIPv4 = packet.network == .ipv4
    let remote = split(
      maps.value(isIPv4 ? remote.ipv4 : remote.ipv6, at: packet.remoteHigh, packet.remoteLow))
    let local = split(maps.value(isIPv4 ? local.ipv4 : local.ipv6, at: packet.localHigh, packet.localLow))
    let access = RuleWord.deciding(remote.access, local.access)
    said.access = RuleWord.cell(access)
    if RuleWord.isDeny(access) { said.drop = .dropACL }
    if extended.words > 0, let index = extended.first(matching: packet, maps) {
      said.extended = extended.rules[index].cell
      if extended.rules[index].isDeny { said.drop = .dropACL }
    }
    said.meter = RuleWord.cell(RuleWord.counting(remote.meter, local.meter))
    return said
  }
}
