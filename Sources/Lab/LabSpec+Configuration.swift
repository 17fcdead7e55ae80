/// The switch's configuration.
extension LabSpec {
  /// YAML: one port a host, named after it, and what else was asked for.
  public var configuration: String {
    if let wholeConfiguration { return wholeConfiguration }
    var lines = ["switch:"] + switchLines.map { "  \($0)" } + ["ports:"]
    for host in 1...hosts {
      let rate = link.map { ["rate: \($0)"] } ?? []
      lines.append(portLine(of: host, name: Self.hostName(host), rate + allPortKeys + (portKeys[host] ?? [])))
    }
    lines += extraPorts.map { "  - \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The element of `ports:` for a host, with more keys of its mapping.
  public func portLine(of host: Int, name: String, _ keys: [String] = []) -> String {
    Self.portLine(name: name, netdev: port(of: host), mac: mac(of: host), keys)
  }

  /// An element of `ports:` or `uplinks:`, with more keys of its mapping.
  public static func portLine(name: String, netdev: String, mac: String? = nil, _ keys: [String] = []) -> String {
    let own = ["name: \(name)", "netdev: \(netdev)"] + (mac.map { ["mac: \"\($0)\""] } ?? [])
    return "  - {\((own + keys).joined(separator: ", "))}"
  }
}
