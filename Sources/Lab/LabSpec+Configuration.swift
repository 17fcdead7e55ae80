/// The switch's configuration.
extension LabSpec {
  /// YAML: one port a host, named after it, and what else was asked for.
  public var configuration: String {
    if let wholeConfiguration { return wholeConfiguration }
    var lines = ["switch:"] + switchLines.map { "  \($0)" } + ["ports:"]
    for host in 1...hosts {
      var keys = ["name: \(Self.hostName(host))", "netdev: \(port(of: host))", "mac: \"\(mac(of: host))\""]
      if let link { keys.append("rate: \(link)") }
      keys += allPortKeys + (portKeys[host] ?? [])
      lines.append("  - {\(keys.joined(separator: ", "))}")
    }
    lines += extraPorts.map { "  - \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
