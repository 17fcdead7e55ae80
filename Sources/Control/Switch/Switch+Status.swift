import CLinux
import Dataplane
import Glibc
import Ports
import Rings
import Steering
import Units

/// What `show` says of the switch.
extension Switch: SwitchController {
  public func summary() -> SummaryStatus {
    var status = SummaryStatus(
      version: MillraceVersion.current, processID: getpid(), configuration: config.place.file,
      steering: config.steering.rawValue, polling: config.polling.rawValue)
    status.scheduling = config.scheduling.rawValue
    status.uptimeSeconds = (Nanoseconds(ml_monotonic_ns()) - startedAt).seconds
    status.emulatedShare = config.emulatedShare?.fraction
    status.workers = threads.count
    status.ports = runtimes.count
    status.queues = assignment.queues.count - 1
    status.queuesMaximum = config.queues
    status.fdbEntries = learned.entryCount
    status.fdbCapacity = config.fdb.addresses
    for port in runtimes.map({ self.status(of: $0) }) {
      if port.state == .up { status.portsUp += 1 }
      status.receivedFrames += port.receivedFrames
      status.receivedBytes += port.receivedBytes
      status.transmittedFrames += port.transmittedFrames
      status.transmittedBytes += port.transmittedBytes
      status.droppedFrames += port.drops.values.reduce(0, +)
    }
    status.frames = frames()
    return status
  }

  public func ports() -> [PortStatus] { runtimes.map { status(of: $0) } }

  func status(of port: PortRuntime) -> PortStatus {
    let isHost = if case .host = port.config.device { true } else { false }
    var status = PortStatus(
      name: port.name, kind: port.isUplink ? .uplink : isHost ? .host : .netdev, netdev: port.config.device.name,
      mode: isHost ? .tap : .native, state: .gone)
    status.ingress = isHost ? nil : port.ingress == .super ? .super : .native
    status.modeReason = isHost ? nil : port.modeReason
    status.mac = port.config.mac ?? port.learnedFilters.map(\.address).min { $0.value < $1.value }
    status.mirror = port.config.mirroring
    let counters = port.counters
    status.receivedFrames = counters[.receivedFrames]
    status.receivedBytes = counters[.receivedBytes]
    status.transmittedFrames = counters[.transmittedFrames]
    status.transmittedBytes = counters[.transmittedBytes]
    status.superFramesReceived = counters[.superFramesReceived]
    status.superFramesSent = counters[.superFramesTransmitted]
    status.segmentsJoined = counters[.joinedSegments]
    status.joinedFramesSent = counters[.joinedFrames]
    if status.joinedFramesSent > 0 {
      status.averageRun = Double(status.segmentsJoined) / Double(status.joinedFramesSent)
    }
    for counter in Counter.allCases {
      guard let reason = counter.dropReason, counters[counter] > 0 else { continue }
      status.drops[reason] = counters[counter]
    }
    status.drops.merge(port.earlierDrops, uniquingKeysWith: +)
    if let device = port.device { status.drops.merge(Self.dropsBeforeWorkers(device), uniquingKeysWith: +) }
    switch port.device {
    case .netdev(let device, _): describe(port, device, in: &status)
    case .host(let device, _):
      status.state = ml_netdev_is_running(device.name) == 1 ? .up : .down
      status.mtu = Int(ml_netdev_mtu(device.name))
      status.queues = device.queues.count
      var bytes = [UInt8](repeating: 0, count: 6)
      if ml_netdev_address(device.name, &bytes) == 0 { status.mac = MACAddress(bytes: bytes) }
    case nil: break
    }
    return status
  }

  private func describe(_ port: PortRuntime, _ device: NetdevPort, in status: inout PortStatus) {
    status.mode =
      port.attachMode == .generic ? .generic : device.queues.contains { $0.isZeroCopy } ? .zerocopy : .native
    status.state = ml_netdev_is_running(device.facts.name) == 1 ? .up : .down
    status.mtu = Int(ml_netdev_mtu(device.facts.name))
    status.queues = device.queues.count
    for (index, queue) in device.queues.enumerated() {
      let s = queue.statistics()
      var kernel = KernelQueueStatus(queue: index)
      kernel.rxDropped = s.rxDropped
      kernel.rxInvalidDescriptors = s.rxInvalidDescriptors
      kernel.txInvalidDescriptors = s.txInvalidDescriptors
      kernel.rxRingFull = s.rxRingFull
      kernel.fillRingEmpty = s.fillRingEmpty
      kernel.txRingEmpty = s.txRingEmpty
      status.kernel.append(kernel)
    }
  }

  /// What was dropped in front of the workers: by the kernel, where there was no room, and by the XDP program.
  static func dropsBeforeWorkers(_ device: PortRuntime.Device) -> [String: UInt64] {
    var drops: [String: UInt64] = [:]
    switch device {
    case .netdev(let port, let program):
      let statistics = port.queues.map { $0.statistics() }
      drops["receiveRingFull"] = statistics.reduce(0) { $0 + $1.rxRingFull }
      drops["kernelReceive"] = statistics.reduce(0) { $0 + $1.rxDropped }
      drops[PortStatus.noMetadata] = (try? program.counters())?.withoutMetadata ?? 0
    case .host(let port, _): drops["receiveRingFull"] = port.dropped
    }
    return drops.filter { $0.value > 0 }
  }

  public func workers() -> [WorkerStatus] {
    threads.map { thread in
      let report = thread.report()
      var status = WorkerStatus(
        worker: thread.index, cpu: thread.options.cpu, emulatedShare: thread.options.emulatedShare?.fraction)
      status.load = loads.load(of: thread.index)
      status.frames = report.frames
      status.batches = report.batches
      status.passes = report.passes
      status.busySeconds = Nanoseconds(report.busyNanoseconds).seconds
      status.cpuSeconds = Nanoseconds(report.cpuNanoseconds).seconds
      status.sleeps = report.sleeps
      status.held = runtimes.reduce(report.cachedChunks + report.heldChunks) {
        $0 + $1.outputs[thread.index].heldChunks
      }
      return status
    }
  }

  public func fdb() -> [FDBStatus] {
    let names = Dictionary(
      uniqueKeysWithValues: runtimes.map { ($0.id, $0.name) } + teamRuntimes.map { ($0.id, $0.name) })
    let now = currentSecond
    return learned.entries().compactMap { entry in
      guard let name = names[entry.port] else { return nil }
      let age = entry.isStatic ? nil : Double(now &- min(now, entry.second))
      return FDBStatus(
        mac: entry.address, vlan: entry.vlan, port: name, isStatic: entry.isStatic, ageSeconds: age)
    }
    .sorted { ($0.vlan, $0.mac.value) < ($1.vlan, $1.mac.value) }
  }

  public func frames() -> FramesStatus {
    var breakdown = FramesStatus.Breakdown()
    breakdown.freePool = pool.freeCount
    breakdown.workerCaches = threads.reduce(0) { $0 + $1.report().cachedChunks }
    var held = threads.reduce(0) { $0 + $1.report().heldChunks }
    for port in runtimes {
      for worker in threads.indices { held += port.outputs[worker].heldChunks }
      guard case .netdev(let device, _) = port.device else { continue }
      for queue in device.queues {
        let occupancy = queue.occupancy()
        breakdown.fillRings += occupancy.fill
        breakdown.receiveRings += occupancy.receive
        breakdown.transmitRings += occupancy.transmit
        breakdown.completionRings += occupancy.completion
        breakdown.inFlight += occupancy.inFlight
        breakdown.residue += occupancy.residue
      }
    }
    return FramesStatus(total: pool.arena.chunkCount, held: held, breakdown: breakdown)
  }
}
