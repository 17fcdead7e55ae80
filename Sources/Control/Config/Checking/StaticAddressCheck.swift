import Units

/// Static addresses and the ports they name.
extension SwitchConfig {
  func staticAddressFaults() -> [ConfigError] {
    struct Key: Hashable { var mac: MACAddress, vlan: UInt16 }
    var seen: [Key: Int] = [:]
    let owners = Dictionary(
      allPorts.compactMap { port in port.mac.map { ($0, port.name) } }, uniquingKeysWith: { a, _ in a })
    let names = allPorts.map(\.name) + teams.map(\.name)
    return fdb.statics.compactMap { entry in
      func fault(_ key: String, _ text: String, _ fix: String) -> ConfigError {
        ConfigError(
          file: entry.place.file, line: entry.place.line(of: key), fault: "switch: fdb: static: \(text)", fix: fix)
      }
      if let line = seen.updateValue(entry.place.line, forKey: Key(mac: entry.mac, vlan: entry.vlan)) {
        return fault("mac", "the address \(entry.mac) in this VLAN is given at line \(line) too", "remove one")
      }
      if let team = team(of: entry.port) {
        return fault("port", "\(entry.port) is a member of team \(team.name)", "write port: \(team.name)")
      }
      // A team has the VLANs of its members.
      let team = teams.first { $0.name == entry.port }
      guard let port = port(named: team?.members.first ?? entry.port) else {
        let meant = nearestWord(to: entry.port, among: names).map { "did you mean '\($0)'?" }
        return fault("port", "there is no port '\(entry.port)'", meant ?? "write the name of a port or uplink")
      }
      guard port.vlan.carries(entry.vlan) else {
        let network = entry.vlan == 0 ? "untagged frames" : "VLAN \(entry.vlan)"
        return fault("vlan", "port \(entry.port) does not carry \(network)", "write a VLAN that it carries")
      }
      if let owner = owners[entry.mac], owner != entry.port {
        return fault(
          "mac", "the address \(entry.mac) is that of port \(owner)", "write port: \(owner), or remove the entry")
      }
      return nil
    }
  }
}
