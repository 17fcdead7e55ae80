import Units

/// What a lab is made of: so many hosts with equal links, and how the switch between them is configured.
public struct LabSpec: Sendable, Equatable, Codable {
  /// Labs of different names may exist at once.
  public var name: String
  /// 1 to 99.
  public var hosts: Int
  /// Bytes an Ethernet frame carries, 68 to 9,198. Below 1,280 there is no IPv6 (RFC 8200).
  public var mtu: Int
  /// Receive and transmit queues of each host's link, 1 to 64.
  public var queues: Int
  /// What each host's link carries; nil: not limited. The switch holds its ports to it.
  public var link: BitRate?
  public var fabric: Fabric
  /// The lines of the configuration's `switch:` mapping, e.g. `workers: [0, 1]`.
  public var switchLines: [String]
  /// More keys of a port's mapping, by host number from 1, e.g. `ingress: native`.
  public var portKeys: [Int: [String]]
  /// Keys of every port's mapping.
  public var allPortKeys: [String]
  /// Further ports, each a YAML mapping in one line.
  public var extraPorts: [String]
  /// The whole configuration (YAML) in place of what the above make; it finds the hosts at `port(of:)`.
  public var wholeConfiguration: String?
  /// Whether hosts speak IPv6. Duplicate address detection is always off: addresses are usable at once.
  public var ipv6: Bool
  /// Whether hosts know each other's MAC addresses from the start, so that no ARP or neighbour discovery is on the link.
  public var staticNeighbours: Bool

  /// What joins the hosts.
  public enum Fabric: String, Sendable, CaseIterable, Codable {
    case millrace
    /// The kernel's bridge and Open vSwitch, for comparison.
    case bridge
    case openVSwitch = "openvswitch"
  }

  public init(
    name: String = "lab", hosts: Int, mtu: Int = 1500, queues: Int = 1, link: BitRate? = nil,
    fabric: Fabric = .millrace, switchLines: [String] = ["workers: [0, 1]"], portKeys: [Int: [String]] = [:],
    allPortKeys: [String] = [], extraPorts: [String] = [], wholeConfiguration: String? = nil, ipv6: Bool = true,
    staticNeighbours: Bool = false
  ) {
    self.name = name
    self.hosts = hosts
    self.mtu = mtu
    self.queues = queues
    self.link = link
    self.fabric = fabric
    self.switchLines = switchLines
    self.portKeys = portKeys
    self.allPortKeys = allPortKeys
    self.extraPorts = extraPorts
    self.wholeConfiguration = wholeConfiguration
    self.ipv6 = ipv6
    self.staticNeighbours = staticNeighbours
  }

  /// What is wrong with it, in one line; nil when it can be made.
  public var fault: String? {
    let isLegal = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
    if !isLegal || !(1...20).contains(name.utf8.count) {
      return "'\(name)' is no lab's name: write 1 to 20 of a-z, 0-9 and _"
    }
    if !(1...99).contains(hosts) { return "\(hosts) hosts: write 1 to 99" }
    if !(68...9198).contains(mtu) { return "MTU \(mtu): write 68 to 9198" }
    if !(1...64).contains(queues) { return "\(queues) queues: write 1 to 64" }
    if link != nil && fabric != .millrace {
      return "a link rate is held by Millrace, not by \(fabric.rawValue): leave it out"
    }
    if let host = portKeys.keys.sorted().first(where: { !(1...hosts).contains($0) }) {
      return "keys for the port of host \(host): there are hosts 1 to \(hosts)"
    }
    return nil
  }
}
