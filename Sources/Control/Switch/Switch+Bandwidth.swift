import CLinux
import Dataplane
import Rings
import Units

/// Bandwidth management of the running switch: its plan, made anew with every change, and what it has done.
extension Switch {
  /// The plan for the ports that have a device; nil: nothing asks for it.
  func bandwidthPlan() -> BandwidthPlan? {
    guard config.isManaged else { return nil }
    var plan = BandwidthPlan(ports: runtimes.compactMap { $0.device == nil ? nil : planned($0) })
    plan.liveMigrationLimit = config.bandwidth.liveMigrationLimit
    // An emulated core sleeps for milliseconds between batches.
    if config.emulatedShare != nil { plan.latency = .milliseconds(20) }
    return plan
  }

  private func planned(_ runtime: PortRuntime) -> BandwidthPlan.Port {
    let config = runtime.config
    var port = BandwidthPlan.Port(index: Int(runtime.id.index))
    port.isUplink = runtime.isUplink
    port.rate = config.linkRate
    port.overhead = config.rate == nil ? Bytes(0) : runtime.overhead
    port.maximum = config.qos.maximumOut
    port.burst = config.qos.burst
    port.minimum = config.qos.minimum
    port.trustsPriority = config.qos.trustsPriority
    port.stormLimit = config.qos.stormLimit.map { UInt64($0) }
    port.classes = self.config.classes(of: config).map(\.planned)
    port.groups = config.ets.map(\.planned)
    port.rest = rest(of: config)
    return port
  }

  /// What ports without a minimum have together of a link.
  private func rest(of link: PortConfig) -> BandwidthPlan.Minimum {
    guard config.bandwidth.mode == .absolute, let rate = link.linkRate else {
      return .weight(config.bandwidth.defaultFlowWeight)
    }
    return .reserve(config.defaultReserve(of: rate))
  }

  /// What the workers get with the next table: the same as before when nothing of it has changed.
  func nextBandwidth() -> BandwidthState? {
    guard let plan = bandwidthPlan() else { return nil }
    if let bandwidth, bandwidth.plan == plan { return bandwidth }
    // An eighth of the arena may wait.
    let held = max(256, arena.chunkCount / 8 / threads.count)
    return BandwidthState(plan, workers: threads.count, heldChunks: held, after: bandwidth)
  }

  /// Keeps the figures of what workers use no more.
  func retire(_ old: BandwidthState?) {
    guard let old, old !== bandwidth else { return }
    for (key, figures) in zip(classKeys(of: old), old.figures()) {
      retiredFigures[key] = (retiredFigures[key] ?? ClassFigures()) + figures
    }
  }

  /// A class of a port, over changes of the plan.
  struct ClassKey: Hashable {
    var port: Int
    var name: String
  }

  func classKeys(of state: BandwidthState) -> [ClassKey] {
    let ports = Dictionary(uniqueKeysWithValues: state.plan.ports.map { ($0.index, $0) })
    return state.slots.map { slot in
      ClassKey(
        port: slot.port, name: slot.class.map { ports[slot.port]!.classes[$0].name } ?? TrafficClass.defaultName)
    }
  }

  /// Samples what each class has sent: for `show qos`.
  func sampleBandwidth() {
    guard let bandwidth else { return }
    classRates.sample(bandwidth, at: Nanoseconds(ml_monotonic_ns()))
  }

  public func qos() -> [QoSStatus] {
    guard let bandwidth else { return [] }
    let keys = classKeys(of: bandwidth)
    let figures = zip(keys, bandwidth.figures()).map { key, now in (retiredFigures[key] ?? ClassFigures()) + now }
    let waiting = bandwidth.waitingBytes()
    let granted = classRates.granted(by: bandwidth, waiting: waiting)
    return keys.indices.compactMap { slot in
      guard let runtime = runtimes.first(where: { Int($0.id.index) == keys[slot].port }) else { return nil }
      var status = QoSStatus(port: runtime.name, class: keys[slot].name)
      let each = self.config.classes(of: runtime.config).first { $0.name == keys[slot].name }
      let qos = runtime.config.qos
      status.weight = each == nil ? qos.weight : each?.weight
      status.reserveBitsPerSecond = (each == nil ? qos.reserve : each?.reserve)?.bitsPerSecond
      status.maximumBitsPerSecond = (each == nil ? qos.maximumOut : each?.maximum)?.bitsPerSecond
      status.maximumInBitsPerSecond = each == nil ? qos.maximumIn?.bitsPerSecond : nil
      status.grantedBitsPerSecond = granted[slot].map { UInt64($0) }
      status.rateBitsPerSecond = UInt64(classRates.rate(of: slot, in: bandwidth))
      status.frames = figures[slot].frames
      status.bytes = figures[slot].bytes
      status.waitingBytes = UInt64(max(0, waiting[slot]))
      status.delayP50Microseconds = Double(figures[slot].delay(atShare: 0.5).count) / 1000
      status.delayP99Microseconds = Double(figures[slot].delay(atShare: 0.99).count) / 1000
      status.dropsAQM = figures[slot].managedDrops
      status.dropsFull = figures[slot].fullDrops
      status.marks = figures[slot].marks
      return status
    }
  }
}
