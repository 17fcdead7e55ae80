import Glibc
import Units

/// Two switches that several links join, each with hosts of its own: to try teams of uplinks.
///
/// Hosts 1 to n are behind switch A, n+1 to 2n behind B; one more stands for the physical network between them. There
/// each link is a bridge of its own, as a cable or a physical switch for each would be, or all ends are on one bridge.
public struct TeamLab: Sendable {
  public struct Spec: Sendable {
    public var name: String
    public var links: Int
    /// Behind each switch.
    public var hosts: Int
    /// All ends are on one physical network; else each link is one of its own.
    public var isShared: Bool
    /// What each link carries in each direction; nil: not limited.
    public var rate: BitRate?
    /// Keys of the teams, e.g. `mode: dynamic`.
    public var teamKeys: String
    public var switchLines: [String]
    /// More keys of each link's uplink, in order, e.g. `processors: [0]`.
    public var uplinkKeys: [String]

    public init(
      name: String, links: Int = 2, hosts: Int, isShared: Bool, rate: BitRate? = nil,
      teamKeys: String = "mode: dynamic",
      switchLines: [String] = ["workers: [0, 1]"], uplinkKeys: [String] = []
    ) {
      self.name = name
      self.links = links
      self.hosts = hosts
      self.isShared = isShared
      self.rate = rate
      self.teamKeys = teamKeys
      self.switchLines = switchLines
      self.uplinkKeys = uplinkKeys
    }

    func hosts(at side: Side) -> ClosedRange<Int> { side == .a ? 1...hosts : hosts + 1...2 * hosts }
  }

  public enum Side: String, Sendable, CaseIterable { case a, b }

  public let spec: Spec
  /// The hosts, and switch A.
  public let lab: Lab
  private let other: HostProcess
  /// What switch B is called in the lab's directory.
  private static let otherSwitch = "switch-b"

  /// The namespace of the physical network, as a host's number.
  private var network: Int { 2 * spec.hosts + 1 }

  public func hosts(at side: Side) -> ClosedRange<Int> { spec.hosts(at: side) }

  /// Where a switch's control socket is.
  public func socket(_ side: Side) -> String {
    side == .a ? lab.spec.socketPath : lab.socket(ofSwitch: Self.otherSwitch)
  }

  /// Makes the hosts and links and starts both switches; returns when they forward by all links.
  public static func up(_ spec: Spec) async throws(LabError) -> TeamLab {
    let hosts = LabSpec(name: spec.name, hosts: 2 * spec.hosts + 1, switchLines: spec.switchLines, ipv6: true)
    await Lab(hosts).down()
    let lab = try await Lab.up(hosts)
    do {
      await lab.stopSwitch()
      try await makeLinks(spec, lab)
      try await lab.startSwitch(configuration: configuration(spec, lab, .a))
      let other = try await lab.spawnSwitch(
        otherSwitch, in: 0, configuration: configuration(spec, lab, .b))
      let made = TeamLab(spec: spec, lab: lab, other: other)
      try await made.waitUntilLive(members: spec.links)
      return made
    } catch {
      await lab.down()
      throw error
    }
  }

  public func down() async {
    await other.stop()
    await lab.down()
  }

  /// What a switch has logged.
  public func log(_ side: Side) -> String {
    side == .a ? lab.log : File.text(of: lab.log(ofSwitch: Self.otherSwitch)) ?? ""
  }

  /// Takes a link's carrier away from both switches, or gives it back.
  public func setLink(_ link: Int, up: Bool) async throws(LabError) {
    for side in Side.allCases { try await setLink(link, up: up, at: side) }
  }

  /// The same at one end.
  public func setLink(_ link: Int, up: Bool, at side: Side) async throws(LabError) {
    try await lab.run(in: network, "ip", "link", "set", "\(side)\(link)", up ? "up" : "down")
  }

  /// What `millrace show SUBJECT --json` prints.
  public func show(_ subject: String, _ side: Side) async throws(LabError) -> String {
    try await Program.run([try Lab.executable(), "show", subject, "--json", "--socket", socket(side)])
  }

  /// Waits until so many members of both teams are in use.
  public func waitUntilLive(members: Int) async throws(LabError) {
    for _ in 0..<100 {
      var live = 0
      for side in Side.allCases {
        // A state of the JSON; nothing else has such a key and value.
        live += try await show("teams", side).ranges(of: "\"live\"").count
      }
      if live == 2 * members { return }
      do { try await Task.sleep(for: .milliseconds(50)) } catch { throw LabError("cancelled") }
    }
    throw LabError("lab '\(spec.name)': the teams do not use \(members) members: \(log(.a).suffix(500))")
  }

  private static func makeLinks(_ spec: Spec, _ lab: Lab) async throws(LabError) {
    let network = lab.spec.namespace(of: lab.spec.hosts)
    var batch = IPBatch(in: lab.spec.switchNamespace)
    for link in 1...spec.links {
      for side in Side.allCases {
        batch.add("link add up\(side)\(link) type veth peer name \(side)\(link) netns \(network)")
      }
    }
    try await batch.run()
    let quiet = (1...spec.links).flatMap { link in Side.allCases.map { "net.ipv6.conf.up\($0)\(link).disable_ipv6=1" } }
    try await Program.run(lab.command(in: 0, ["sysctl", "-qw"] + quiet))
    var up = IPBatch(in: lab.spec.switchNamespace)
    for link in 1...spec.links { for side in Side.allCases { up.add("link set up\(side)\(link) up") } }
    try await up.run()
    try await lab.run(in: lab.spec.hosts, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
    var bridges = IPBatch(in: network)
    for link in 1...spec.links where link == 1 || !spec.isShared {
      bridges.add("link add net\(link) type bridge mcast_snooping 0")
      bridges.add("link set net\(link) up")
    }
    for link in 1...spec.links {
      for side in Side.allCases {
        bridges.add("link set \(side)\(link) master net\(spec.isShared ? 1 : link)")
        bridges.add("link set \(side)\(link) up")
      }
    }
    try await bridges.run()
    guard let rate = spec.rate else { return }
    for link in 1...spec.links {
      for side in Side.allCases {
        // Switches send past a device's queueing discipline: links are limited where the network hands frames out.
        try await lab.run(
          in: lab.spec.hosts, "tc", "qdisc", "replace", "dev", "\(side)\(link)", "root", "tbf", "rate",
          "\(rate.bitsPerSecond)bit", "burst", "64kb", "latency", "20ms")
      }
    }
  }

  private static func configuration(_ spec: Spec, _ lab: Lab, _ side: Side) -> String {
    var lines = ["switch:"] + spec.switchLines.map { "  \($0)" } + ["uplinks:"]
    for link in 1...spec.links {
      let more = spec.uplinkKeys.indices.contains(link - 1) ? [spec.uplinkKeys[link - 1]] : []
      lines.append(LabSpec.portLine(name: "up\(link)", netdev: "up\(side)\(link)", more))
    }
    let members = (1...spec.links).map { "up\($0)" }.joined(separator: ", ")
    lines += ["teams:", "  - {name: t0, members: [\(members)], \(spec.teamKeys)}", "ports:"]
    lines += spec.hosts(at: side).map { lab.spec.portLine(of: $0, name: LabSpec.hostName($0)) }
    return lines.joined(separator: "\n") + "\n"
  }
}
