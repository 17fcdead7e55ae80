import Dataplane
import Logging
import Steering
import Units

/// VMQs: which ports have one, where they live, and what the XDP programs are told.
extension Switch {
  /// Plans the queues anew and writes the steering maps. Queues that stay where they were are not touched.
  func planQueues() {
    assignment = QueueAssignment(
      runtimes.map { QueueRequest($0, workers: teamWorkers(of: $0)) }, mode: SteeringMode(config.steering),
      workers: threads.count,
      limit: config.queues, keeping: assignment)
    for queue in assignment.queues {
      write("queue \(queue.id.index)") { () throws(SteeringError) in try maps.setQueue(queue.id, queue.table) }
    }
    for port in runtimes {
      guard let assigned = assignment.port(port.name) else { continue }
      port.queue = assigned.queue
      let steering = PortSteering(
        byAddress: steersByAddress(port), ownQueue: assigned.queue,
        untaggedVLAN: VLANPolicy(port.config.vlan).untagged)
      write(port.name) { () throws(SteeringError) in try maps.setPort(port.id, steering) }
    }
    planFilters()
  }

  /// The receiver decides: a frame from a vport takes the queue of its destination, whatever the sender's own mode.
  /// What arrives at an uplink is steered as that uplink says.
  private func steersByAddress(_ port: PortRuntime) -> Bool {
    port.isUplink ? SteeringMode(config.steering(of: port.config)).usesFilters : assignment.queues.count > 1
  }

  /// Gives each queue its filters: the port's configured or learned addresses, in each VLAN it carries.
  func planFilters() {
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
    for (filter, queue) in wanted where filters[filter] != queue {
      write("filter \(filter.address)") { () throws(SteeringError) in try maps.setFilter(filter, queue) }
    }
    for filter in filters.keys where wanted[filter] == nil {
      write("filter \(filter.address)") { () throws(SteeringError) in try maps.removeFilter(filter) }
    }
    filters = wanted
  }

  /// Addresses learned at a port that names none itself get the port's queue: a VM's address need not be written.
  func learnFilters() {
    let open = runtimes.filter { $0.hasQueue && $0.config.mac == nil && !$0.isUplink }
    if open.isEmpty { return }
    var found: [PortID: Set<PortRuntime.Filter>] = [:]
    for entry in learned.entries() where !entry.isStatic {
      found[entry.port, default: []].insert(.init(address: entry.address, vlan: entry.vlan))
    }
    var changed = false
    for port in open {
      // A port with more addresses than this leads to a network: it is no VM's.
      let filters = found[port.id, default: []].prefixed(Self.mostLearnedFilters)
      if filters != port.learnedFilters {
        port.learnedFilters = filters
        changed = true
      }
    }
    if changed { planFilters() }
  }

  private var defaultTable: IndirectionTable { assignment.queues[0].table }

  private static var mostLearnedFilters: Int { 8 }

  private func write(_ what: String, _ body: () throws(SteeringError) -> Void) {
    do throws(SteeringError) { try body() } catch { log.error("\(what): \(error)") }
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

extension Set<PortRuntime.Filter> {
  /// At most `limit` elements, the same ones each time.
  func prefixed(_ limit: Int) -> Self {
    if count <= limit { return self }
    return Set(self.sorted { ($0.address.value, $0.vlan) < ($1.address.value, $1.vlan) }.prefix(limit))
  }
}
