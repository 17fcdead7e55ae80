import Dataplane
import Units
import Wire

/// What `acl test` asks.
public struct RuleQuestion: Sendable, Equatable, Codable {
  public var direction: ACLRule.Direction
  /// Addresses of the two ends, in text; nil: the packet is not IP.
  public var remote: String?
  public var local: String?
  public var remoteMAC: MACAddress?
  public var localMAC: MACAddress?
  /// `tcp` or a number.
  public var `protocol`: String?
  public var remotePort: UInt16?
  public var localPort: UInt16?

  public init(direction: ACLRule.Direction) { self.direction = direction }
}

/// Asks the tables of a port what they would do with a packet, and says why, in the words of its rules.
struct RuleTest {
  private let question: RuleQuestion
  private let packet: Packet
  private let said: RuleExplanation
  private let rules: [UInt32: ACLRule]

  /// Throws `ControlError` for an address or protocol that is none.
  init(_ question: RuleQuestion, _ book: PortRuleBook) throws(ControlError) {
    self.question = question
    packet = try Packet(question)
    said = book.rules?.explain(packet, isIn: question.direction == .in) ?? RuleExplanation()
    rules = Dictionary(
      book.cells.filter { $0.key.direction == question.direction }.map { ($0.value, $0.key) },
      uniquingKeysWith: { a, _ in a })
  }

  var answer: RuleTestAnswer {
    let deciding = [said.mac, said.access, said.extended].compactMap { rules[$0] }
    let verdict: ACLRule.Action = said.drop == nil ? .allow : .deny
    let rule = deciding.first { $0.action == .deny } ?? (verdict == .allow ? deciding.last : nil)
    return RuleTestAnswer(
      verdict: verdict, rule: rule.map { "\($0)" },
      meter: verdict == .allow ? rules[said.meter].map { "\($0)" } : nil, why: why)
  }

  private var why: [String] {
    var lines: [String] = []
    if rules.values.contains(where: { !$0.isAboutIP }) {
      lines.append("MAC addresses: " + told(said.mac, { !$0.isAboutIP }, by: "the address itself before any-mac"))
    }
    if packet.network == .none { return lines + ["not IP: rules on IP addresses do not judge it"] }
    let access: (ACLRule) -> Bool = { $0.isAboutIP && !$0.isExtended && $0.action != .meter }
    lines.append("IP addresses: " + told(said.access, access, by: "the longest prefix decides"))
    if rules.values.contains(where: \.isExtended) {
      lines.append("weights: " + told(said.extended, \.isExtended, by: "the largest weight decides"))
      if packet.ipProtocol == Packet.unknownProtocol {
        lines.append("without a protocol: rules that deny one match, rules that allow one do not; add --protocol")
      } else if packet.ports == .unknown {
        lines.append("without a port: rules that deny one match, rules that allow one do not; add --port")
      }
    }
    let meters: (ACLRule) -> Bool = { $0.action == .meter }
    if rules.values.contains(where: meters) {
      lines.append("meters: " + told(said.meter, meters, by: "the longest prefix counts"))
    }
    return lines
  }

  /// One list: the rule that decides, and how many others match too.
  private func told(_ cell: UInt32, _ isOfList: (ACLRule) -> Bool, by order: String) -> String {
    guard let rule = rules[cell] else { return "no rule matches" }
    let others = rules.values.filter { isOfList($0) && $0 != rule && $0.matches(packet) }
    if others.isEmpty { return "'\(rule)' alone matches" }
    let list = others.map { "'\($0)'" }.sorted()
    let named = list.prefix(3).joined(separator: ", ") + (list.count > 3 ? ", …" : "")
    return "'\(rule)' decides before \(named): \(order)"
  }
}

extension Packet {
  /// What a question asks about. An end that is not given has the address of all zeros.
  init(_ question: RuleQuestion) throws(ControlError) {
    self.init()
    remoteMAC = question.remoteMAC?.value ?? 0
    localMAC = question.localMAC?.value ?? 0
    let remote = try question.remote.map { text throws(ControlError) in try Self.address(text) }
    let local = try question.local.map { text throws(ControlError) in try Self.address(text) }
    guard let version = remote?.isIPv6 ?? local?.isIPv6 else { return }
    if let remote, let local, remote.isIPv6 != local.isIPv6 {
      throw .usage("\(remote) and \(local) are of different IP versions")
    }
    network = version ? .ipv6 : .ipv4
    if let remote { (remoteHigh, remoteLow) = remote.halves }
    if let local { (localHigh, localLow) = local.halves }
    ipProtocol = Packet.unknownProtocol
    ports = .unknown
    guard let name = question.protocol else { return }
    guard let number = IPProtocol.number(of: name) else {
      throw .usage("'\(name)' is not a protocol: write tcp, udp, icmp, icmpv6, or 0 to 255")
    }
    ipProtocol = UInt16(number)
    guard number == IPProtocol.tcp || number == IPProtocol.udp else {
      ports = .none
      return
    }
    guard question.remotePort != nil || question.localPort != nil else { return }
    ports = .known
    remotePort = question.remotePort ?? 0
    localPort = question.localPort ?? 0
  }

  private static func address(_ text: String) throws(ControlError) -> IPAddress {
    guard let address = IPAddress(text) else { throw .usage("'\(text)' is not an IP address") }
    return address
  }
}

extension ACLRule {
  var isAboutIP: Bool {
    if case .address(_, let address) = match { address.isIP } else { true }
  }

  /// Read plainly, for the explanation.
  func matches(_ packet: Packet) -> Bool {
    func holds(_ prefix: IPPrefix?, _ high: UInt64, _ low: UInt64) -> Bool {
      prefix.map { $0.holds(isIPv6: packet.network == .ipv6, high, low) } ?? true
    }
    switch match {
    case .address(let end, let address):
      let isRemote = end == .remote
      switch address {
      case .any: return packet.network == .ipv4 || packet.network == .ipv6
      case .anyMAC: return true
      case .mac(let mac): return mac.value == (isRemote ? packet.remoteMAC : packet.localMAC)
      case .prefix(let prefix):
        return isRemote
          ? holds(prefix, packet.remoteHigh, packet.remoteLow) : holds(prefix, packet.localHigh, packet.localLow)
      }
    case .extended(let match):
      guard holds(match.remote, packet.remoteHigh, packet.remoteLow),
        holds(match.local, packet.localHigh, packet.localLow)
      else { return false }
      if let ipProtocol = match.ipProtocol {
        if packet.ipProtocol == Packet.unknownProtocol { return action == .deny }
        if packet.ipProtocol != UInt16(ipProtocol) { return false }
      }
      if match.remotePorts == nil && match.localPorts == nil { return true }
      if packet.ports == .unknown { return action == .deny }
      return match.remotePorts?.contains(packet.remotePort) ?? true
        && match.localPorts?.contains(packet.localPort) ?? true
    }
  }
}
