import Dataplane
import Units
import Wire
import Yams

extension ConfigKeys {
  static let qos = ConfigKeys(
    kind: "qos", known: ["weight", "reserve", "maximum", "burst", "trustPriority", "stormLimit"])
  static let maximum = ConfigKeys(kind: "maximum", known: ["in", "out"])
  static let trafficClass = ConfigKeys(
    kind: "a class", known: ["name", "match", "weight", "reserve", "maximum", "setDscp", "setPriority"])
  static let match = ConfigKeys(
    kind: "match",
    known: ["builtin", "dscp", "priority", "protocol", "local", "remote", "localPort", "remotePort"])
  static let ets = ConfigKeys(kind: "ets", known: ["priorities", "share", "strict"])
}

/// `qos`, `classes` and `ets` of a port.
extension PortReader {
  func readQoS(into port: inout PortConfig) {
    if mapping.isNull("qos") { port.qos = QoSConfig() }
    if mapping.isNull("classes") { port.classes = [] }
    if mapping.isNull("ets") { port.ets = [] }
    if let qos = mapping.mapping("qos", .qos, example: "{weight: 20, maximum: 2Gbit}") { read(qos, into: &port.qos) }
    if mapping.has("classes") { port.classes = mapping.classes() }
    if mapping.has("ets") { port.ets = ets() }
  }

  private func read(_ mapping: ConfigMapping, into qos: inout QoSConfig) {
    if role == .uplink {
      for key in ["weight", "reserve"] where mapping.has(key) {
        mapping.refuse(key, "is for ports, which share an uplink", fix: "remove it, or write rate at the uplink")
      }
    }
    if mapping.isNull("weight") { qos.weight = nil }
    if mapping.isNull("reserve") { qos.reserve = nil }
    if mapping.isNull("burst") { qos.burst = nil }
    if mapping.isNull("trustPriority") { qos.trustsPriority = true }
    if mapping.isNull("stormLimit") { qos.stormLimit = nil }
    if let weight = mapping.integer("weight", in: QoSConfig.Limits.weight, example: 20) { qos.weight = weight }
    if let reserve = mapping.bandwidth("reserve") { qos.reserve = reserve }
    if mapping.has("maximum") || mapping.isNull("maximum") { (qos.maximumIn, qos.maximumOut) = maximum(mapping) }
    if let burst = mapping.bytes("burst", in: QoSConfig.Limits.burst, example: "256KiB") { qos.burst = burst }
    if let trust = mapping.onOff("trustPriority") { qos.trustsPriority = trust }
    if mapping.has("stormLimit") { qos.stormLimit = stormLimit(mapping) }
  }

  /// `2Gbit` holds what the port sends; `{in: …, out: …}` what it says.
  private func maximum(_ mapping: ConfigMapping) -> (in: BitRate?, out: BitRate?) {
    guard case .mapping? = mapping["maximum"] else { return (nil, mapping.bandwidth("maximum")) }
    let both = mapping.mapping("maximum", .maximum, example: "{in: 1Gbit, out: 2Gbit}")
    if let both, !ConfigKeys.maximum.known.contains(where: { both.has($0) || both.isNull($0) }) {
      both.refuse("it names neither in nor out", fix: "write e.g. maximum: {in: 1Gbit, out: 2Gbit}")
    }
    return (both?.bandwidth("in"), both?.bandwidth("out"))
  }

  private func stormLimit(_ mapping: ConfigMapping) -> Int? {
    guard let text = mapping.text("stormLimit", example: "1000fps") else { return nil }
    guard text.hasSuffix("fps"), let limit = ConfigMapping.integer(String(text.dropLast(3))),
      QoSConfig.Limits.stormLimit.contains(limit)
    else {
      mapping.refuse(
        "stormLimit", "'\(text)' is not a number of frames a second", fix: "write e.g. stormLimit: 1000fps")
      return nil
    }
    return limit
  }

  private func ets() -> [PriorityGroup] {
    let example = "{priorities: [0, 1, 2], share: 40%}"
    return mapping.list("ets", example: "[\(example)]").compactMap { node in
      guard
        let group = ConfigMapping(node, .ets, path: "\(mapping.path): ets", example: example, faults: mapping.faults)
      else { return nil }
      var priorities: [Int] = []
      guard group.require("priorities", example: "[0, 1, 2]") else { return nil }
      for element in group.list("priorities", example: "[0, 1, 2]", mayBeEmpty: false) {
        let text = element.scalar?.string ?? ""
        guard let priority = ConfigMapping.integer(text), priority < 8 else {
          group.faults.add(
            element.line, "\(group.path): priorities", "'\(text)' is not a priority", fix: "write 0 to 7")
          continue
        }
        priorities.append(priority)
      }
      let isStrict = group.boolean("strict") ?? false
      let share = group.share("share")
      guard isStrict != group.has("share") else {
        group.refuse("a group has a share or is strict", fix: "write share: 40% or strict: true")
        return nil
      }
      return PriorityGroup(priorities: priorities, share: share)
    }
  }
}

extension ConfigMapping {
  /// A rate of at least one frame a second.
  func bandwidth(_ key: String) -> BitRate? {
    let lowest = QoSConfig.Limits.rate.lowerBound
    guard let rate = rate(key, in: BitRate(bitsPerSecond: 0)...QoSConfig.Limits.rate.upperBound) else { return nil }
    guard rate >= lowest else {
      refuse(key, "\(rate) is less than one frame a second", fix: "write \(lowest) or more, e.g. \(key): 100Mbit")
      return nil
    }
    return rate
  }

  /// The list `classes`.
  func classes() -> [TrafficClass] {
    let example = "{name: voice, match: {dscp: 46}, reserve: 50Mbit}"
    let path = path == Self.root ? "classes" : "\(path): classes"
    return list("classes", example: "[\(example)]").compactMap { node in
      guard let entry = ConfigMapping(node, .trafficClass, path: path, example: example, faults: faults),
        let name = entry.name(of: "class", example: "voice")
      else { return nil }
      var each = TrafficClass(name: name, place: entry.place)
      each.weight = entry.integer("weight", in: QoSConfig.Limits.weight, example: 20)
      each.reserve = entry.bandwidth("reserve")
      each.maximum = entry.bandwidth("maximum")
      each.setDscp = entry.integer("setDscp", in: 0...63, example: 10)
      each.setPriority = entry.integer("setPriority", in: 0...7, example: 3)
      guard entry.require("match", example: "{dscp: 46}"),
        let match = entry.mapping("match", .match, example: "{dscp: 46}")
      else { return nil }
      each.match = match.classMatch()
      return each
    }
  }

  private func classMatch() -> ClassMatch {
    var result = ClassMatch()
    if !ConfigKeys.match.known.contains(where: has) {
      refuse("it names nothing to match", fix: "write e.g. match: {dscp: 46}")
    }
    if let builtin = choice("builtin", ClassMatch.Builtin.self) {
      result = builtin.match
      for key in ["protocol", "localPort", "remotePort"] where has(key) {
        refuse(key, "builtin: \(builtin.rawValue) has its own protocol and port", fix: "remove \(key) or builtin")
      }
    }
    if let dscp = integer("dscp", in: 0...63, example: 46) { result.dscp = 1 << UInt64(dscp) }
    if let priority = integer("priority", in: 0...7, example: 3) { result.priorities = 1 << UInt8(priority) }
    if let number = ipProtocol(orAny: false) { result.protocols = [number] }
    result.local = prefix("local")
    result.remote = prefix("remote")
    result.localPorts = portRange("localPort")
    result.remotePorts = portRange("remotePort")
    refuseWhatNeverMatches(result)
    return result
  }

  private func refuseWhatNeverMatches(_ match: ClassMatch) {
    if let local = match.local, let remote = match.remote, local.address.isIPv6 != remote.address.isIPv6 {
      refuse("remote", "\(remote) and local: \(local) are not of one IP version", fix: "write both of one")
    }
    guard let number = match.protocols?.first, has("protocol"), ![IPProtocol.tcp, IPProtocol.udp].contains(number)
    else { return }
    for key in ["localPort", "remotePort"] where has(key) {
      refuse(key, "only TCP and UDP have ports", fix: "remove it, or write protocol: tcp or udp")
    }
  }

  private func prefix(_ key: String) -> IPPrefix? {
    text(key, example: "10.3.0.0/16").flatMap { prefix(key, $0) }
  }
}

extension SwitchReader {
  /// What the `switch` mapping and the document say of bandwidth.
  func readBandwidth(_ mapping: ConfigMapping, into config: inout SwitchConfig) {
    if let mode = mapping.choice("minimumBandwidth", BandwidthConfig.Mode.self) { config.bandwidth.mode = mode }
    if let weight = mapping.integer("defaultFlowWeight", in: QoSConfig.Limits.weight, example: 1) {
      config.bandwidth.defaultFlowWeight = weight
    }
    config.bandwidth.defaultFlowReserve = mapping.bandwidth("defaultFlowReserve")
    config.bandwidth.liveMigrationLimit = mapping.bandwidth("liveMigrationLimit")
    for (key, mode) in [("defaultFlowWeight", BandwidthConfig.Mode.weight), ("defaultFlowReserve", .absolute)]
    where mapping.has(key) && config.bandwidth.mode != mode {
      mapping.refuse(key, "is for minimumBandwidth: \(mode.rawValue)", fix: "remove it, or write that mode")
    }
    config.bandwidth.classes = document.classes()
  }
}
