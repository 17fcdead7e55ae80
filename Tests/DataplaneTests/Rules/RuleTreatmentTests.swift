import CMillraceABI
import Dataplane
import Testing
import Units

/// What becomes of frames that are not a plain TCP or UDP packet: the table of ARCHITECTURE.md, *Rules*.
@Suite struct RuleTreatmentTests {
  private static let denyAll = PortRules.Direction(
    basic: [BasicRule(.deny, .remote, .any, cell: 1)], restCell: 9)
  private static let meterAll = PortRules.Direction(
    basic: [BasicRule(.meter, .remote, .any, cell: 1)], restCell: 9)
  /// TCP to any port but 80 is allowed; the rest is denied.
  private static let allowWeb = PortRules.Direction(extended: [
    ExtendedRule(weight: 3, .deny, ipProtocol: 6, remotePorts: 80...80, cell: 1),
    ExtendedRule(weight: 2, .allow, ipProtocol: 6, remotePorts: 0...65535, cell: 2),
    ExtendedRule(weight: 1, .deny, cell: 3),
  ])

  /// How a frame from port 0 fares under its `out` rules: why it was dropped, else the cells that counted it.
  private func fate(
    _ frame: [UInt8], _ rules: PortRules.Direction, vlan: VLANPolicy = .access(0), flags: Int = 0, tci: UInt16 = 0
  ) throws -> String {
    var fate = ""
    try withSwitch([TestPort(vlan: vlan, rules: (in: .init(), out: rules)), TestPort(vlan: vlan)]) { bench in
      bench.send(frame, at: 0, flags: MR_META_CHECKSUM_KNOWN | flags, tci: tci)
      let cells = (1...9).filter { bench.memory.cells[UInt32($0)].frames > 0 }.map { "\($0)" }.joined(separator: " ")
      let outcome = bench.take(1).isEmpty ? bench.drops.joined(separator: " ") : "passes"
      fate = cells.isEmpty ? outcome : "\(outcome), \(cells)"
    }
    return fate
  }

  private func ipv4(_ l4: [UInt8], ipProtocol: UInt8 = 6, fragment: Int = 0x4000, options: Int = 0) -> [UInt8] {
    [UInt8(0x45 + options), 0] + big16(20 + 4 * options + l4.count) + [0, 1] + big16(fragment)
      + [64, ipProtocol, 0, 0, 10, 0, 0, 1, 10, 9, 9, 9] + pattern(4 * options) + l4
  }

  private func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0x60, 0, 0, 0] + big16(payload.count) + [next, 64] + [0xFD] + pattern(15) + [0xFD] + pattern(15, seed: 1) + payload
  }

  private func frame(_ packet: [UInt8], type: Int = 0x0800, tci: Int? = nil) -> [UInt8] {
    ethernet(to: broadcast, from: station(1), tci: tci, type: type, payload: packet)
  }

  private let tcp = big16(40000) + big16(443) + [UInt8](repeating: 0, count: 8) + [0x50, 0x10, 0, 0, 0, 0, 0, 0]

  @Test func arpAndWhatElseIsNotIPIsLeftToRulesOnMACs() throws {
    for type in [0x0806, 0x88B5, 0x88CC] {
      #expect(try fate(frame(pattern(46), type: type), Self.denyAll) == "passes, 9")
      #expect(try fate(frame(pattern(46), type: type), Self.allowWeb) == "passes")
      let source = PortRules.Direction(basic: [BasicRule(.deny, .local, .mac(MACAddress(value: station(1))), cell: 2)])
      #expect(try fate(frame(pattern(46), type: type), source) == "acl, 2")
      let every = PortRules.Direction(basic: [BasicRule(.deny, .remote, .anyMAC, cell: 2)])
      #expect(try fate(frame(pattern(46), type: type), every) == "acl, 2")
    }
  }

  @Test func oneTagIsLookedBehindWhetherInTheFrameOrBesideIt() throws {
    let trunk = VLANPolicy.trunk([5], native: 1)
    #expect(try fate(frame(ipv4(tcp), tci: 5), Self.denyAll, vlan: trunk) == "acl, 1")
    #expect(try fate(frame(ipv4(tcp)), Self.denyAll, vlan: trunk, flags: MR_META_VLAN, tci: 5) == "acl, 1")
    #expect(try fate(frame(ipv4(tcp), tci: 5), Self.allowWeb, vlan: trunk) == "passes, 2")
  }

  @Test func whatLiesBehindASecondOrAServiceTagMayBeIP() throws {
    let trunk = VLANPolicy.trunk([5], native: 1)
    var service = frame(ipv4(tcp), tci: 0)
    service.replaceSubrange(12..<14, with: [0x88, 0xA8])
    for (rules, expected) in [(Self.denyAll, "aclUnreadable"), (Self.meterAll, "passes, 9")] {
      #expect(try fate(tagged(frame(ipv4(tcp), tci: 7), 5), rules, vlan: trunk) == expected)
      #expect(try fate(frame(ipv4(tcp), tci: 7), rules, vlan: trunk, flags: MR_META_VLAN, tci: 5) == expected)
      #expect(try fate(service, rules) == expected)
      #expect(
        try fate(frame(ipv4(tcp)), rules, flags: MR_META_VLAN | MR_META_VLAN_SERVICE, tci: 7) == expected)
    }
  }

  @Test func fragmentsHaveAddressesButNoPorts() throws {
    for fragment in [0x2000, 0x2001, 0x0001] {
      let packet = frame(ipv4(tcp, fragment: fragment))
      #expect(try fate(packet, Self.denyAll) == "acl, 1")
      #expect(try fate(packet, Self.meterAll) == "passes, 1")
      // A rule that denies some port matches what might have it; one that allows ports does not.
      #expect(try fate(packet, Self.allowWeb) == "acl, 1")
    }
    let byProtocol = PortRules.Direction(extended: [
      ExtendedRule(weight: 2, .allow, ipProtocol: 6, cell: 2), ExtendedRule(weight: 1, .deny, cell: 3),
    ])
    #expect(try fate(frame(ipv4(tcp, fragment: 0x2001)), byProtocol) == "passes, 2")
    // An IPv6 fragment does not say its protocol reliably.
    let fragment = frame(ipv6(44, [6, 0, 0, 1, 0, 0, 0, 1] + tcp), type: 0x86DD)
    #expect(try fate(fragment, byProtocol) == "acl, 3")
    #expect(try fate(fragment, Self.meterAll) == "passes, 1")
  }

  @Test func extensionHeadersAreFollowedToTheTransportHeader() throws {
    let routing: [UInt8] = [60, 1] + [UInt8](repeating: 0, count: 14)
    let options: [UInt8] = [6, 0, 1, 4, 0, 0, 0, 0]
    #expect(try fate(frame(ipv6(0, routing + options + tcp), type: 0x86DD), Self.allowWeb) == "passes, 2")
    // A chain longer than eight, or cut off, hides the protocol: what denies some matches.
    let long = (0..<9).flatMap { (n) -> [UInt8] in [n < 8 ? 60 : 6, 0, 1, 4, 0, 0, 0, 0] }
    #expect(try fate(frame(ipv6(60, long + tcp), type: 0x86DD), Self.allowWeb) == "acl, 1")
    #expect(try fate(frame(ipv6(60, [6, 9]), type: 0x86DD), Self.allowWeb) == "acl, 1")
    #expect(try fate(frame(ipv6(60, [6, 9]), type: 0x86DD), Self.meterAll) == "passes, 1")
  }

  @Test func aHeaderThatCannotBeReadIsDroppedWhereSomethingIsDenied() throws {
    let unreadable = [
      frame(Array(ipv4(tcp).prefix(19))), frame(Array(ipv6(6, tcp).prefix(39)), type: 0x86DD),
      frame([0x65] + ipv4(tcp).dropFirst()), frame([0x45] + ipv6(6, tcp).dropFirst(), type: 0x86DD),
    ]
    let denyOther = PortRules.Direction(
      basic: [BasicRule(.deny, .remote, .prefix(prefix("192.0.2.0/24")), cell: 1)], restCell: 9)
    for packet in unreadable {
      #expect(try fate(packet, Self.meterAll) == "passes, 9")
      #expect(try fate(packet, denyOther) == "aclUnreadable")
      #expect(try fate(packet, Self.allowWeb) == "aclUnreadable")
    }
  }

  @Test func aTransportHeaderThatIsCutOffHasNoPorts() throws {
    #expect(try fate(frame(ipv4(Array(tcp.prefix(3)))), Self.allowWeb) == "acl, 1")
    #expect(try fate(frame(ipv4(Array(tcp.prefix(4)))), Self.allowWeb) == "passes, 2")
    #expect(try fate(frame(ipv4(tcp, options: 3)), Self.allowWeb) == "passes, 2")
  }
}
