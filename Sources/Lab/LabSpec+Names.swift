/// Names, addresses and files of a lab. Hosts are numbered from 1; 0 stands for the switch.
extension LabSpec {
  static let prefix = "millrace-"
  static let stateDirectory = "/run/millrace"
  /// Where ip-netns(8) looks for files that a namespace sees in place of those in /etc.
  static let namespaceFiles = "/etc/netns"

  public var switchNamespace: String { "\(Self.prefix)\(name)-switch" }
  public func namespace(of host: Int) -> String { host == 0 ? switchNamespace : "\(Self.prefix)\(name)-h\(host)" }

  /// What a host is called in commands and in its fellows' /etc/hosts: `h1`.
  public static func hostName(_ host: Int) -> String { "h\(host)" }
  /// The number of `h1`, and 0 for `switch`; nil for anything else.
  public static func hostNumber(_ name: some StringProtocol) -> Int? {
    if name == "switch" { return 0 }
    guard name.first == "h", let number = Int(name.dropFirst()), number > 0, name == "h\(number)" else { return nil }
    return number
  }

  /// The link of a host, in the switch's namespace.
  public func port(of host: Int) -> String { "port\(host)" }
  /// The link's other end, in the host.
  public static let hostDevice = "eth0"
  /// The bridge, where that joins the hosts.
  public static let bridgeDevice = "br0"
  public func address(of host: Int) -> String { "10.77.0.\(host)" }
  public func address6(of host: Int) -> String { "fd77::\(host)" }
  public func mac(of host: Int) -> String {
    let digits = String(host, radix: 16)
    return "02:00:00:77:00:\(digits.count < 2 ? "0" : "")\(digits)"
  }
  /// Whether hosts have IPv6 addresses.
  public var hasIPv6: Bool { ipv6 && mtu >= 1280 }

  /// Holds everything below; removed with the lab.
  public var directory: String { "\(Self.stateDirectory)/lab-\(name)" }
  public var configPath: String { "\(directory)/config.yaml" }
  public var socketPath: String { "\(directory)/control.sock" }
  public var logPath: String { "\(directory)/switch.log" }
  var pidPath: String { "\(directory)/switch.pid" }
  /// There while the lab is being made.
  var makingPath: String { "\(directory)/making" }
  var specPath: String { "\(directory)/lab.json" }

  /// The lab's name and the host's number in a namespace's name; nil when it is no lab's.
  static func parts(of namespace: String) -> (name: String, host: Int)? {
    guard namespace.hasPrefix(prefix) else { return nil }
    let rest = namespace.dropFirst(prefix.count)
    guard let dash = rest.lastIndex(of: "-"), let host = hostNumber(rest[rest.index(after: dash)...]) else {
      return nil
    }
    return (String(rest[..<dash]), host)
  }
}
