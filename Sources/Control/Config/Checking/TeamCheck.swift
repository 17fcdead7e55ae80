import Units

/// Teams and the uplinks they are made of.
extension SwitchConfig {
  func teamFaults() -> [ConfigError] {
    var names = Dictionary(
      allPorts.map { ($0.name, "\($0.role.rawValue) \($0.name)") }, uniquingKeysWith: { a, _ in a })
    var owners: [String: String] = [:]
    var faults: [ConfigError] = []
    for team in teams {
      if let other = names.updateValue("team \(team.name)", forKey: team.name) {
        names[team.name] = other
        faults.append(team.fault("name", "the name '\(team.name)' is taken by \(other)", fix: "write another name"))
      }
      if !TeamConfig.Limits.members.contains(team.members.count) {
        faults.append(
          team.fault(
            "members", "it has \(team.members.count) member\(team.members.count == 1 ? "" : "s")",
            fix: "write \(TeamConfig.Limits.members.lowerBound) to \(TeamConfig.Limits.members.upperBound) uplinks"))
      }
      for member in team.members {
        if let owner = owners.updateValue(team.name, forKey: member) {
          let place = owner == team.name ? "written twice" : "a member of team \(owner)"
          faults.append(team.fault("members", "\(member) is \(place)", fix: "remove it here"))
        }
      }
      faults += memberFaults(of: team)
    }
    return faults.isEmpty ? processorFaults() : faults
  }

  private func memberFaults(of team: TeamConfig) -> [ConfigError] {
    var members: [PortConfig] = []
    var faults: [ConfigError] = []
    let uplinks = allPorts.filter { $0.role == .uplink }
    for name in team.members {
      if let uplink = uplinks.first(where: { $0.name == name }) {
        members.append(uplink)
      } else if port(named: name) != nil {
        faults.append(team.fault("members", "\(name) is a port", fix: "a team is made of uplinks: move it there"))
      } else {
        let meant = nearestWord(to: name, among: uplinks.map(\.name)).map { "did you mean '\($0)'?" }
        faults.append(
          team.fault("members", "there is no uplink '\(name)'", fix: meant ?? "write it in uplinks: first"))
      }
    }
    guard let first = members.first else { return faults }
    for member in members.dropFirst() {
      if member.vlan != first.vlan {
        faults.append(
          member.fault(
            "vlan", "its VLANs are not those of \(first.name), which is of team \(team.name) too",
            fix: "write the same vlan for both"))
      }
      if member.mtu != first.mtu {
        faults.append(
          member.fault(
            "mtu", "its MTU is not that of \(first.name), which is of team \(team.name) too",
            fix: "write the same mtu for both"))
      }
    }
    return faults
  }
}

extension TeamConfig {
  /// A fault of one of the team's keys.
  func fault(_ key: String, _ text: String, fix: String) -> ConfigError {
    ConfigError(file: place.file, line: place.line(of: key), fault: "team \(name): \(text)", fix: fix)
  }
}
