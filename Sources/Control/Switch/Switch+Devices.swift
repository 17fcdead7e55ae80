import CLinux
import CMillraceABI
import Dataplane
import Glibc
import Logging
import Ports
import Rings
import Steering
import Units

/// Opening and closing the devices behind ports, and what happens when one goes or comes back.
extension Switch {
  /// A place in the tables: the lowest that is free.
  func freePort() -> PortID {
    let used = Set(runtimes.map(\.id) + teamRuntimes.map(\.id))
    return (0...UInt16.max).lazy.map { PortID($0) }.first { !used.contains($0) }!
  }

  /// A port, not yet open.
  func newRuntime(for config: PortConfig) -> PortRuntime {
    let runtime = PortRuntime(
      id: freePort(), config: config, workers: threads.count, emulated: self.config.emulatedShare != nil,
      at: Nanoseconds(ml_monotonic_ns()))
    runtimes.append(runtime)
    return runtime
  }

  /// Opens a port's device. Frames flow only after `connect`.
  func open(_ runtime: PortRuntime) async throws {
    switch runtime.config.device {
    case .netdev(let name): try openNetdev(runtime, name)
    case .tap(let name):
      try makeTap(runtime, name)
      try openNetdev(runtime, name)
    case .host(let name, let addresses): try await openHost(runtime, name, addresses)
    }
  }

  private func openNetdev(_ runtime: PortRuntime, _ name: String) throws {
    guard let facts = NetdevFacts(name: name) else {
      throw ControlError.unavailable(
        "\(place(runtime)): there is no device '\(name)'; create it first, or correct the name")
    }
    if let mtu = runtime.config.mtu { try setMTU(mtu, of: runtime) }
    if ml_netdev_is_up(name) == 0 { journal.willChange(.down, of: name) }
    do { try NetdevPort.setUp(name) } catch { throw located(error, runtime) }
    let current = NetdevFacts(name: name) ?? facts
    guard current.receiveQueues <= MR_MAX_NETDEV_QUEUES else {
      throw ControlError.unavailable(
        "\(place(runtime)): \(name) has \(current.receiveQueues) receive queues, the switch serves "
          + "\(MR_MAX_NETDEV_QUEUES); lower them with: ethtool -L \(name) combined \(MR_MAX_NETDEV_QUEUES)")
    }
    openHardwareFilters(runtime, current)
    do {
      let (program, mode, choice) = try IngressChoice.attach(runtime, current, maps: maps)
      runtime.ingress = choice.ingress
      let sockets = SocketMode(current, isGeneric: mode == .generic)
      runtime.modeReason = sockets.reason ?? choice.reason
      runtime.attachMode = mode
      do {
        let budget = try frameBudget(adding: current.receiveQueues)
        let device = try NetdevPort(
          current, pool: pool,
          .init(
            cpus: config.workers, mode: sockets, outstandingLimit: budget.outstandingLimit,
            firstOwner: takeOwners(current.receiveQueues)))
        for (index, queue) in device.queues.enumerated() {
          for worker in threads.indices {
            queue.sockets[worker].given = program.framesGiven(queue: index, worker: WorkerID(UInt8(worker)))
          }
        }
        runtime.chargeForLink(isVirtual: current.isVirtual, emulated: config.emulatedShare != nil)
        // Of now: some drivers add queues of their own to those of XDP.
        runtime.receiveQueues = NetdevFacts.receiveQueues(of: name)
        runtime.openedIndex = current.index
        runtime.open(.netdev(device, program))
      } catch {
        program.detach()
        throw error
      }
    } catch {
      closeHardwareFilters(runtime)
      throw located(error, runtime)
    }
  }

  /// A device that was left because a VM has it open is taken as it is.
  private func makeTap(_ runtime: PortRuntime, _ name: String) throws(ControlError) {
    if if_nametoindex(name) != 0 {
      if journal.changes.contains(where: { $0.netdev == name && $0.setting.kind == .absent }) { return }
      throw .unavailable(
        "\(place(runtime)): there is a device '\(name)' already; write netdev: \(name) to use it, or another name")
    }
    journal.willChange(.absent, of: name)
    let result = ml_tap_make(name)
    guard result == 0 else {
      throw .unavailable(
        "\(place(runtime)): tap \(name): \(String(cString: strerror(-result))); run as root, with the tun module")
    }
  }

  private func openHost(_ runtime: PortRuntime, _ name: String, _ addresses: [InterfaceAddress]) async throws {
    if if_nametoindex(name) != 0 {
      throw ControlError.unavailable(
        "\(place(runtime)): there is a device '\(name)' already; choose another name for the host port")
    }
    do {
      let program = try TapProgram(port: runtime.id, place: name, maps: maps)
      let device = try HostPort(
        name: name, address: runtime.config.mac ?? StableAddress.of(name),
        mtu: runtime.config.mtu ?? HostPort.defaultMTU,
        workers: threads.count,
        steering: program.descriptor)
      do { try await HostAddresses.set(addresses, on: name) } catch {
        device.close()
        throw error
      }
      runtime.ingress = .super
      runtime.open(.host(device, program))
    } catch { throw located(error, runtime) }
  }

  /// Lets frames in: the XDP program finds the workers' sockets from now on.
  func connect(_ runtime: PortRuntime) {
    guard case .netdev(let port, let program) = runtime.device else { return }
    for (index, queue) in port.queues.enumerated() {
      for worker in threads.indices {
        do {
          try program.setSocket(queue: index, worker: WorkerID(UInt8(worker)), descriptor: queue.sockets[worker].fd)
        } catch { log.error("\(runtime.name): \(error)") }
      }
    }
  }

  /// Takes the XDP program off a port's device.
  func detach(_ runtime: PortRuntime) {
    guard case .netdev(let port, let program) = runtime.device else { return }
    // A veth has NAPI, and what was set of it, only while it has a program.
    restoreReceiveCPUs(of: port.facts)
    program.detach()
    closeHardwareFilters(runtime)
    runtime.bulk = BulkReceive()
  }

  /// Finds devices that went, that came (back), and that changed.
  func checkDevices() async {
    try? await exclusively {
      for runtime in runtimes {
        switch runtime.device {
        case .netdev(let port, _): check(port, runtime)
        case .host(let port, _): if if_nametoindex(port.name) == 0 { lose(runtime) } else { follow(runtime) }
        case nil: break
        }
        if runtime.device == nil { await recover(runtime) }
      }
    }
  }

  private func check(_ port: NetdevPort, _ runtime: PortRuntime) {
    let name = port.facts.name
    if if_nametoindex(name) != port.facts.index { return lose(runtime) }
    let queues = NetdevFacts.receiveQueues(of: name)
    guard queues == runtime.receiveQueues else {
      log.notice("\(runtime.name): \(name) has \(queues) receive queues now; it is opened anew")
      return withdraw(runtime)
    }
    follow(runtime)
  }

  /// Takes notice of what a device takes now: its MTU, and what it segments, which ends when a veth's peer gets an XDP
  /// program.
  func follow(_ runtime: PortRuntime) {
    guard let io = runtime.io, let name = runtime.device?.name else { return }
    let mtu = ml_netdev_mtu(name)
    if mtu > 0, io.pointee.maximumFrame != UInt32(mtu) + 14 {
      for worker in threads.indices { (io + worker).setMaximumFrame(UInt32(mtu) + 14) }
      log.info("\(runtime.name): \(name) now has MTU \(mtu)")
    }
    guard case .netdev(let port, _) = runtime.device, port.takesSuperFrames else { return }
    let kinds = SuperFrameKinds(takenBy: name)
    if io.pointee.superFrames == kinds.rawValue { return }
    for worker in threads.indices { (io + worker).setSuperFrames(kinds) }
    log.info("\(runtime.name): \(name) now takes \(kinds.isEmpty ? "no" : "\(kinds)") super-frames whole")
  }

  /// A device is gone: the port stays, without it, and everything it held is taken back.
  private func lose(_ runtime: PortRuntime) {
    let device = runtime.config.device
    log.warning(
      "\(runtime.name): device \(device.name) is gone; \(device.isMade ? "making it anew" : "waiting for it to come back")"
    )
    withdraw(runtime)
    runtime.openedIndex = 0
  }

  /// Takes a port's device out of use; the port stays.
  func withdraw(_ runtime: PortRuntime) {
    detach(runtime)
    if let device = runtime.device {
      runtime.earlierDrops.merge(Self.dropsBeforeWorkers(device), uniquingKeysWith: +)
    }
    let (device, id) = (runtime.device, runtime.id)
    runtime.device = nil
    publish()
    runtime.device = device
    runtime.close(pool: pool)
    learned.remove { $0.port == id && !$0.isStatic }
    applyFrameBudget()
  }

  /// What came back under the name may be another device, that carries the host's address or is a bridge's.
  private func checkHost(_ runtime: PortRuntime) throws(ConfigErrors) {
    // A host port's device is made anew; another one of its name is found then.
    if case .host = runtime.config.device { return }
    if if_nametoindex(runtime.config.device.name) == runtime.openedIndex { return }
    var others = config
    others.ports.removeAll { $0.name == runtime.name }
    others.uplinks.removeAll { $0.name == runtime.name }
    var facts = HostFacts.current()
    // Its memory is still the port's.
    facts.memory = nil
    let faults = validateAgainstHost(config, facts, running: others)
    if !faults.isEmpty { throw ConfigErrors(faults) }
  }

  private func recover(_ runtime: PortRuntime) async {
    let device = runtime.config.device
    guard device.isMade || if_nametoindex(device.name) != 0 else { return }
    // Trying makes events of its own, which call for the next try.
    let now = Nanoseconds(ml_monotonic_ns())
    if let fault = runtime.fault, now - fault.at < .milliseconds(900) { return }
    do {
      try checkHost(runtime)
      try await open(runtime)
      applyFrameBudget()
      await planQueues()
      publish()
      connect(runtime)
      runtime.fault = nil
      log.notice("\(runtime.name): device \(device.name) is back")
    } catch {
      // Once a second the same needs no saying.
      if runtime.fault?.text != "\(error)" { log.warning("\(runtime.name): \(error)") }
      runtime.fault = (now, "\(error)")
    }
  }

  /// Numbers of device queues in the chunk table: none that another has now, and the same again as late as can be, so
  /// that a late completion finds nobody.
  private func takeOwners(_ count: Int) -> UInt16 {
    let taken = runtimes.compactMap { port -> Range<Int>? in
      if case .netdev(let device, _) = port.device { device.owners } else { nil }
    }
    while true {
      if nextOwner + count > Int(UInt16.max) { nextOwner = 1 }
      guard let other = taken.first(where: { $0.overlaps(nextOwner..<nextOwner + count) }) else { break }
      nextOwner = other.upperBound
    }
    defer { nextOwner += count }
    return UInt16(nextOwner)
  }

  /// How the arena is shared when a device with so many queues joins. Throws when it is too small.
  private func frameBudget(adding queues: Int) throws -> FrameBudget {
    let planned = max(deviceQueueCount + queues, config.allPorts.count)
    guard let budget = FrameBudget(chunks: pool.arena.chunkCount, deviceQueues: planned) else {
      throw ControlError.unavailable(
        "the arena of \(config.arena) is too small for \(planned) device queues; write `arena: "
          + "\(Bytes(UInt64((planned * 128 * FrameArena.chunkSize + (1 << 20) - 1) >> 20) << 20))` or more")
    }
    return budget
  }

  private var deviceQueueCount: Int {
    runtimes.reduce(0) { sum, port in
      if case .netdev(let device, _) = port.device { sum + device.queues.count } else { sum }
    }
  }

  /// Shares the arena anew among the queues there are.
  func applyFrameBudget() {
    guard let budget = FrameBudget(chunks: pool.arena.chunkCount, deviceQueues: max(1, deviceQueueCount)) else {
      return
    }
    for port in runtimes {
      guard case .netdev(let device, _) = port.device else { continue }
      for queue in device.queues {
        queue.share(outstandingLimit: budget.outstandingLimit)
      }
    }
  }

  /// Where the port is written: for messages.
  func place(_ runtime: PortRuntime) -> String {
    "\(runtime.config.place.file):\(runtime.config.place.line)"
  }

  func located(_ error: any Error, _ runtime: PortRuntime) -> ControlError {
    if let error = error as? ControlError { return error }
    return .unavailable("\(place(runtime)): \(error)")
  }
}
