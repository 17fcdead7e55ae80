import Dataplane

/// Sources of mirroring and their destinations.
extension SwitchConfig {
  /// Asked of a whole configuration only: on a running switch either may be set before the other.
  func mirrorFaults() -> [ConfigError] {
    let destinations = allPorts.filter { $0.mirroring == .destination }
    return allPorts.filter { $0.mirroring == .source }.compactMap { source in
      if destinations.contains(where: { $0.vlan.shares(source.vlan) }) { return nil }
      let other = destinations.first
      return source.fault(
        "mirror",
        other.map { "mirror: source, but the destination \($0.name) is in none of its VLANs" }
          ?? "mirror: source, but no port is a destination",
        fix: other == nil
          ? "write mirror: destination at the port that is to have the copies"
          : "give the destination a vlan of the source's, or a trunk of several")
    }
  }
}

extension PortConfig.VLAN {
  fileprivate func shares(_ other: Self) -> Bool {
    switch self {
    case .untagged: other.carries(0)
    case .access(let vlan): other.carries(vlan)
    case .trunk(let tagged, let native): other.carries(native) || tagged.contains(where: other.carries)
    }
  }
}
