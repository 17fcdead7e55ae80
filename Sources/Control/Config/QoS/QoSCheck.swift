import Dataplane
import Units

/// What ports' minimums, classes and links must be to each other.
extension SwitchConfig {
  func bandwidthFaults() -> [ConfigError] {
    var faults = classFaults(bandwidth.classes, owner: nil)
    for port in allPorts {
      faults += minimumFaults(port) + classFaults(port.classes, owner: port) + etsFaults(port)
      let count = classes(of: port).count
      if count > QoSConfig.Limits.classes {
        faults.append(
          port.fault("classes", "its classes and the switch's are \(count)", fix: "write at most 63"))
      }
    }
    let links = allPorts.filter { $0.linkRate != nil }.count + 1
    let leaves = links * allPorts.reduce(0) { $0 + classes(of: $1).count + 1 }
    if isManaged, leaves > QoSConfig.Limits.leaves, let last = allPorts.last {
      faults.append(
        last.fault(
          nil, "classes of all ports times links with a rate are \(leaves)",
          fix: "name fewer rates or classes: at most \(QoSConfig.Limits.leaves)"))
    }
    return faults + reservationFaults()
  }

  /// Whether anything asks for bandwidth management.
  public var isManaged: Bool {
    bandwidth.liveMigrationLimit != nil || !bandwidth.classes.isEmpty
      || allPorts.contains { $0.qos != QoSConfig() || !$0.classes.isEmpty || !$0.ets.isEmpty }
  }

  /// The classes a port's frames are looked up in, the first that matches counts: its own, the switch's, and live
  /// migration's where that is limited.
  func classes(of port: PortConfig) -> [TrafficClass] {
    var all = port.classes + bandwidth.classes
    if bandwidth.liveMigrationLimit != nil && !all.contains(where: \.match.isLiveMigration) {
      var migration = TrafficClass(name: "live-migration")
      migration.match = ClassMatch.Builtin.liveMigration.match
      all.append(migration)
    }
    return all
  }

  private func minimumFaults(_ port: PortConfig) -> [ConfigError] {
    let qos = port.qos
    func fault(_ text: String, _ fix: String) -> [ConfigError] { [port.fault("qos", "qos: \(text)", fix: fix)] }
    if qos.weight != nil && qos.reserve != nil { return fault("weight and reserve are both given", "remove one") }
    if qos.weight != nil && bandwidth.mode != .weight {
      return fault(
        "weight is for minimumBandwidth: weight, this switch's is \(bandwidth.mode.rawValue)",
        bandwidth.mode == .absolute ? "write e.g. reserve: 500Mbit" : "remove it, or change the mode")
    }
    if qos.reserve != nil && bandwidth.mode != .absolute {
      return fault(
        "reserve is for minimumBandwidth: absolute, this switch's is \(bandwidth.mode.rawValue)",
        bandwidth.mode == .weight ? "write e.g. weight: 20" : "remove it, or change the mode")
    }
    if qos.burst != nil && qos.maximumOut == nil { return fault("burst is given without maximum", "write maximum too") }
    if let reserve = qos.reserve, let maximum = qos.maximumOut, reserve > maximum {
      return fault("reserve: \(reserve) is more than maximum: \(maximum)", "write a lower reserve")
    }
    if qos.minimum != .none && !isAnyLinkLimited {
      return fault(
        "a minimum shares a link's rate, and no uplink or port names one", "write e.g. rate: 10Gbit at the uplink")
    }
    return []
  }

  private var isAnyLinkLimited: Bool { allPorts.contains { $0.linkRate != nil } }

  private func classFaults(_ classes: [TrafficClass], owner: PortConfig?) -> [ConfigError] {
    // A port's frames are looked up in its own and in the switch's.
    var seen = Set((owner == nil ? [] : bandwidth.classes).map(\.name) + [TrafficClass.defaultName])
    let path = owner.map { "\($0.role.rawValue) \($0.name): " } ?? ""
    return classes.flatMap { each in
      var faults: [ConfigError] = []
      func add(_ key: String, _ text: String, _ fix: String) {
        faults.append(
          ConfigError(
            file: each.place.file, line: each.place.line(of: key), fault: "\(path)class \(each.name): \(text)", fix: fix
          ))
      }
      if !seen.insert(each.name).inserted { add("name", "the name is taken", "write another name") }
      if each.weight != nil && each.reserve != nil { add("reserve", "weight and reserve are both given", "remove one") }
      if let reserve = each.reserve, let maximum = each.maximum, reserve > maximum {
        add("reserve", "reserve: \(reserve) is more than maximum: \(maximum)", "write a lower reserve")
      }
      let sharesMaximum = (owner.map { [$0] } ?? allPorts).contains { $0.qos.maximumOut != nil }
      if each.weight != nil || each.reserve != nil, !isAnyLinkLimited, !sharesMaximum {
        add(
          each.weight == nil ? "reserve" : "weight",
          "a minimum shares a link's rate or a port's maximum, and none is named",
          "write e.g. rate: 10Gbit at the uplink")
      }
      return faults
    }
  }

  private func etsFaults(_ port: PortConfig) -> [ConfigError] {
    if port.ets.isEmpty { return [] }
    func fault(_ text: String, _ fix: String) -> [ConfigError] { [port.fault("ets", "ets: \(text)", fix: fix)] }
    if port.rate == nil {
      return fault("it shares the link's rate, but the link's rate is not given", "write e.g. rate: 10Gbit")
    }
    if port.ets.count > 8 { return fault("\(port.ets.count) groups are too many", "write at most 8") }
    var seen: Set<Int> = []
    for priority in port.ets.flatMap(\.priorities) where !seen.insert(priority).inserted {
      return fault("priority \(priority) is in two groups", "remove it from one")
    }
    let shares = port.ets.compactMap(\.share)
    let sum = shares.reduce(0) { $0 + $1.fraction }
    if !shares.isEmpty && abs(sum - 1) > 1e-6 {
      return fault("the shares are \(Share(fraction: sum)) together", "write shares that are 100% together")
    }
    return []
  }

  /// What is reserved must fit every uplink.
  private func reservationFaults() -> [ConfigError] {
    let reserved = ports.map { port in
      let ofClasses = classes(of: port).reduce(0) { $0 + ($1.reserve?.bitsPerSecond ?? 0) }
      return (port, max(port.qos.reserve?.bitsPerSecond ?? 0, ofClasses))
    }
    return uplinks.flatMap { uplink -> [ConfigError] in
      guard let rate = uplink.linkRate else { return [] }
      let rest = bandwidth.mode == .absolute ? defaultReserve(of: rate) : BitRate(bitsPerSecond: 0)
      if rest > rate {
        return [
          uplink.fault(
            uplink.place.keys["rate"] == nil ? nil : "rate", "defaultFlowReserve: \(rest) is more than its \(rate)",
            fix: "write a lower defaultFlowReserve, or the uplink's true rate")
        ]
      }
      var sum = rest.bitsPerSecond
      for (port, reserve) in reserved where reserve > 0 {
        sum += reserve
        guard sum > rate.bitsPerSecond else { continue }
        let with = rest.bitsPerSecond > 0 ? ", \(rest) of it for ports without a reserve" : ""
        let key = port.qos.reserve == nil ? "classes" : "qos"
        return [
          port.fault(
            port.place.keys[key] == nil ? nil : key,
            "reserves are \(BitRate(bitsPerSecond: sum)) together\(with): more than uplink \(uplink.name)'s \(rate)",
            fix: "reserve less, or write the uplink's true rate")
        ]
      }
      return []
    }
  }

  /// What ports without a reserve have together of a link, in absolute mode.
  func defaultReserve(of rate: BitRate) -> BitRate {
    bandwidth.defaultFlowReserve ?? BitRate(bitsPerSecond: rate.bitsPerSecond / 10)
  }
}

extension PortConfig {
  /// What the switch sends to the port at most: its link's rate, or its maximum inwards.
  var linkRate: BitRate? { [rate, qos.maximumIn].compactMap { $0 }.min() }
}
