import Dataplane
import Logging
import Steering
import Units

/// VMQs: which ports have one, where they live, and what the XDP programs are told.
extension Switch {
  /// Plans the queues anew and steers by the plan, behind what is under way; in order (`steer`).
  func planQueues() async {
    while isArranging { try? await Task.sleep(for: .milliseconds(1)) }
    // No move begins meanwhile.
    isArranging = true
    defer { isArranging = false }
    await eventually { moveLog.isIdle }
    arrangeQueues()
    setHardwareFilters()
  }

  private func arrangeQueues() {
    let planned = QueueAssignment(
      runtimes.map { QueueRequest($0, workers: teamWorkers(of: $0)) }, mode: SteeringMode(config.steering),
      workers: threads.count, limit: config.queues, keeping: assignment)
    let queues = Dictionary(uniqueKeysWithValues: planned.ports.map { ($0.name, $0.queue) })
    let moved = runtimes.filter { queues[$0.name] != $0.queue }
    for port in moved { port.queue = queues[port.name] ?? .defaultQueue }
    let steerings = runtimes.map { port in
      PortSteering(
        byAddress: steersByAddress(port, planned), ownQueue: port.queue,
        untaggedVLAN: VLANPolicy(port.config.vlan).untagged)
    }
    let wanted = Arranged(
      ports: Dictionary(uniqueKeysWithValues: zip(runtimes.map(\.id), steerings)), filters: wantedFilters())
    if planned == assignment && wanted == arranged[arrangement] { return }
    steer(by: wanted, planned)
    if hasStarted && !moved.isEmpty { publish() }
  }

  /// Writes the arrangement that is not in use, then lets every port go by it. Workers hold the frames that were steered
  /// by it until all others have caught up with those that were not.
  private func steer(by wanted: Arranged, _ planned: QueueAssignment) {
    let next = arrangement.other
    var moves: [MoveLog.UnderWay] = []
    if hasStarted {
      for to in threads.indices {
        // There is room: no move is under way, and fewer workers than a worker can list moves.
        for from in threads.indices where from != to {
          if let move = announce(.init(queue: nil, entry: nil, from: from, to: to)) { moves.append(move) }
        }
      }
    }
    writeMaps(wanted, planned, in: next)
    for port in wanted.ports.keys {
      write("port \(port.index)") { () throws(SteeringError) in try maps.use(next, at: port) }
    }
    assignment = planned
    arrangement = next
    settle(moves)
  }

  private func writeMaps(_ wanted: Arranged, _ planned: QueueAssignment, in place: Arrangement) {
    for queue in planned.queues {
      write("queue \(queue.id.index)") { () throws(SteeringError) in try maps.setQueue(queue.id, queue.table, in: place)
      }
    }
    for (port, steering) in wanted.ports {
      write("port \(port.index)") { () throws(SteeringError) in try maps.setPort(port, steering, in: place) }
    }
    let old = arranged[place]?.filters ?? [:]
    var written = wanted
    // Nothing is steered by it yet: those that go make room first.
    for filter in old.keys where wanted.filters[filter] == nil {
      write("filter \(filter.address)") { () throws(SteeringError) in try maps.removeFilter(filter, in: place) }
    }
    for (filter, queue) in wanted.filters where old[filter] != queue {
      let isThere = write("filter \(filter.address)") { () throws(SteeringError) in
        try maps.setFilter(filter, queue, in: place)
      }
      if !isThere { written.filters[filter] = nil }
    }
    arranged[place] = written
  }

  /// The receiver decides: a frame from a vport takes the queue of its destination, whatever the sender's own mode.
  /// What arrives at an uplink is steered as that uplink says.
  private func steersByAddress(_ port: PortRuntime, _ planned: QueueAssignment) -> Bool {
    port.isUplink ? SteeringMode(config.steering(of: port.config)).usesFilters : planned.queues.count > 1
  }

  /// The filters of each queue: the port's configured or learned addresses, in each VLAN it carries.
  private func wantedFilters() -> [VMQFilter: QueueID] {
    var wanted: [VMQFilter: QueueID] = [:]
    for port in runtimes where port.hasQueue {
      let queue = port.queue
      if let mac = port.config.mac {
        for vlan in port.config.vlan.all { wanted[VMQFilter(address: mac, vlan: vlan)] = queue }
      } else {
        for filter in port.learnedFilters {
          wanted[VMQFilter(address: filter.address, vlan: filter.vlan)] = queue
        }
      }
    }
    return wanted
  }

  /// Addresses learned at a port that names none itself get the port's queue: a VM's address need not be written.
  func learnFilters() async {
    let open = runtimes.filter { $0.hasQueue && $0.config.mac == nil && !$0.isUplink }
    if open.isEmpty { return }
    var found: [PortID: Set<PortRuntime.Filter>] = [:]
    for entry in learned.entries() where !entry.isStatic {
      found[entry.port, default: []].insert(.init(address: entry.address, vlan: entry.vlan))
    }
    var changed = false
    for port in open {
      // A port with more addresses than this leads to a network: it is no VM's, and has none by address.
      let all = found[port.id, default: []]
      let filters = Set(all.map(\.address)).count > Self.mostLearnedAddresses ? [] : all
      if filters != port.learnedFilters {
        port.learnedFilters = filters
        changed = true
      }
    }
    if changed { await planQueues() }
  }

  private var defaultTable: IndirectionTable { assignment.queues[0].table }

  private static var mostLearnedAddresses: Int { 8 }

  /// False when the kernel refuses.
  @discardableResult private func write(_ what: String, _ body: () throws(SteeringError) -> Void) -> Bool {
    do throws(SteeringError) { try body() } catch {
      log.error("\(what): \(error)")
      return false
    }
    return true
  }

  public func queues() -> [QueueStatus] {
    var all: [QueueStatus] = []
    var shared = QueueStatus(
      port: QueueStatus.defaultQueuePort, queue: 0, mac: nil, vlan: 0,
      homeWorker: Int(defaultTable.home.index), workers: defaultTable.used.map { Int($0.index) },
      vrss: defaultTable.isSpread)
    var own: UInt64 = 0
    var received: UInt64 = 0
    for port in runtimes {
      received += port.counters[.receivedFrames]
      own += port.counters[.queueFrames]
      guard port.hasQueue, let table = assignment.queue(port.queue)?.table else { continue }
      var status = QueueStatus(
        port: port.name, queue: Int(port.queue.index), mac: self.status(of: port).mac,
        vlan: VLANPolicy(port.config.vlan).untagged, homeWorker: Int(table.home.index),
        workers: table.used.map { Int($0.index) }, vrss: table.isSpread)
      status.frames = port.counters[.queueFrames]
      status.hardware = hardwareQueues(of: status.mac)
      all.append(status)
    }
    shared.frames = received - min(received, own)
    return [shared] + all.sorted { $0.queue < $1.queue }
  }

  public func indirection(port name: String?) throws -> [IndirectionStatus] {
    let everything =
      assignment.queues.map { IndirectionStatus(port: $0.port ?? QueueStatus.defaultQueuePort, table: $0.table) }
    guard let name else { return everything }
    if let one = everything.first(where: { $0.port == name }) { return [one] }
    _ = try port(named: name)
    // A port without a queue of its own shares the default queue.
    return [IndirectionStatus(port: name, table: defaultTable)]
  }
}

extension SteeringMode {
  init(_ mode: SwitchConfig.SteeringMode) {
    switch mode {
    case .single: self = .single
    case .rss: self = .rss
    case .vmq: self = .vmq
    case .vmqVRSS: self = .vmqAndVRSS
    }
  }
}

extension QueueRequest {
  init(_ port: PortRuntime, workers: [WorkerID]?) {
    let config = port.config
    self.init(
      name: config.name, wantsQueue: config.queueWeight > 0 && !port.isUplink,
      mode: config.steering.map { SteeringMode($0) }, vrss: config.vrss != nil,
      maximumWorkers: config.vrss?.maximumWorkers ?? .max, excludeHome: config.vrss?.excludeHome ?? false,
      workers: workers)
  }
}

extension IndirectionStatus {
  init(port: String, table: IndirectionTable) {
    self.init(port: port, entries: table.workers.map { Int($0.index) })
  }
}

extension IndirectionTable {
  /// Whether flows of the queue go to more than one worker.
  var isSpread: Bool { Set(workers).count > 1 }
}

extension PortConfig.VLAN {
  /// Every VLAN the port carries.
  var all: [UInt16] {
    switch self {
    case .untagged: [0]
    case .access(let vlan): [vlan]
    case .trunk(let tagged, let native): [native] + tagged
    }
  }
}
