import Dataplane
import Units
import Yams

/// What a port says beside its name and device.
extension PortReader {
  /// `base` with what the mapping says put over it.
  func settings(over base: PortConfig) -> PortConfig {
    var port = base
    port.place = mapping.place
    restoreDefaults(of: &port)
    if let mac = mapping.unicastMAC("mac") { port.mac = mac }
    if let mtu = mapping.integer("mtu", in: PortConfig.Limits.mtu, example: 1500) { port.mtu = mtu }
    if let ingress = mapping.choice("ingress", PortConfig.Ingress.self) { port.ingress = ingress }
    if let rsc = mapping.onOff("rsc") { port.rsc = rsc }
    if let adopt = mapping.boolean("adopt") { port.adopt = adopt }
    if let vlan = vlan() { port.vlan = vlan }
    if let weight = queueWeight() { port.queueWeight = weight }
    if mapping.has("vrss") { port.vrss = vrss() }
    if let steering = mapping.choice("steering", SwitchConfig.SteeringMode.self) { port.steering = steering }
    if let rate = mapping.rate("rate", in: PortConfig.Limits.rate) { port.rate = rate }
    if let overhead = mapping.bytes("overhead", in: PortConfig.Limits.overhead, example: "24B") {
      port.overhead = overhead
    }
    if mapping.has("acl") { port.acl = acl() }
    if let processors = processors() { port.processors = processors }
    if let mirroring = mirroring() { port.mirroring = mirroring }
    readQoS(into: &port)
    readHost(into: &port)
    return port
  }

  /// A setting that is `null` becomes what it is when it is left out.
  private func restoreDefaults(of port: inout PortConfig) {
    let plain = PortConfig(name: port.name, role: port.role, device: port.device)
    if mapping.isNull("mac") { port.mac = plain.mac }
    if mapping.isNull("mtu") { port.mtu = plain.mtu }
    if mapping.isNull("ingress") { port.ingress = plain.ingress }
    if mapping.isNull("rsc") { port.rsc = plain.rsc }
    if mapping.isNull("adopt") { port.adopt = plain.adopt }
    if mapping.isNull("vlan") { port.vlan = plain.vlan }
    if mapping.isNull("queue") { port.queueWeight = plain.queueWeight }
    if mapping.isNull("vrss") { port.vrss = plain.vrss }
    if mapping.isNull("steering") { port.steering = plain.steering }
    if mapping.isNull("rate") { port.rate = plain.rate }
    if mapping.isNull("overhead") { port.overhead = plain.overhead }
    if mapping.isNull("acl") { port.acl = plain.acl }
    if mapping.isNull("processors") { port.processors = plain.processors }
    if mapping.isNull("mirror") { port.mirroring = plain.mirroring }
  }

  /// `mac` and `mtu` may stand in the host mapping too, but only in one place.
  private func readHost(into port: inout PortConfig) {
    guard case .host = port.device, let host = hostMapping else { return }
    for key in ["mac", "mtu"] where host.has(key) && mapping.has(key) {
      host.refuse(key, "is written twice, here and in the port", fix: "remove one")
    }
    for (key, place) in ["mac": "mac", "mtu": "mtu", "name": "netdev"] {
      if let line = host.place.keys[key] { port.place.keys[place] = line }
    }
    if let mac = host.unicastMAC("mac") { port.mac = mac }
    if let mtu = host.integer("mtu", in: PortConfig.Limits.mtu, example: 1500) { port.mtu = mtu }
  }

  private func queueWeight() -> Int? {
    mapping.mapping("queue", .queue, example: "{weight: 100}")?.integer(
      "weight", in: PortConfig.Limits.queueWeight, example: 100)
  }

  private func mirroring() -> PortMirroring? {
    guard let mirroring = mapping.choice("mirror", PortMirroring.self) else { return nil }
    if role == .uplink && mirroring == .destination {
      // With the sender's address: physical switches would look for the sender there.
      mapping.refuse(
        "mirror", "copies do not go out to the physical network", fix: "write mirror: destination at a port")
    }
    return mirroring
  }

  /// CPUs; nil when left out, or wrong and reported.
  private func processors() -> [Int]? {
    guard mapping.has("processors") else { return nil }
    let cpus = mapping.list("processors", example: "[2, 3]").map { ConfigMapping.integer($0.scalar?.string ?? "") }
    guard !cpus.isEmpty, cpus.allSatisfy({ $0 != nil }) else {
      mapping.refuse("processors", "must be numbers of CPUs", fix: "write e.g. processors: [2, 3]")
      return nil
    }
    return cpus.compactMap { $0 }
  }

  /// nil: off, or wrong and reported.
  private func vrss() -> PortConfig.VRSS? {
    if let text = mapping["vrss"]?.scalar?.string {
      // `false` is what YAML libraries make of `off` when they write.
      if text != "off" && text != "false" {
        mapping.refuse(
          "vrss", "'\(text)' is neither off nor a mapping", fix: "write vrss: {mode: dynamic} or vrss: off")
      }
      return nil
    }
    guard let vrss = mapping.mapping("vrss", .vrss, example: "{mode: dynamic, maximumWorkers: 8}") else { return nil }
    return PortConfig.VRSS(
      mode: vrss.choice("mode", PortConfig.VRSS.Mode.self) ?? .dynamic,
      maximumWorkers: vrss.integer("maximumWorkers", in: 1...SwitchConfig.Limits.workers, example: 8),
      excludeHome: vrss.boolean("excludeHome") ?? false)
  }
}
