import Steering
import Testing
import Units

struct QueueAssignmentTests {
  static func ports(_ count: Int) -> [QueueRequest] { (1...count).map { QueueRequest(name: "vm\($0)") } }

  static func homes(_ assignment: QueueAssignment) -> [Int] {
    assignment.queues.filter { $0.port != nil }.map { Int($0.table.home.index) }
  }

  @Test("single: no port has a queue, every frame goes to worker 0")
  func single() {
    let assignment = QueueAssignment(Self.ports(3), mode: .single, workers: 4, limit: 16)
    #expect(assignment.queues.map(\.id) == [.defaultQueue])
    #expect(assignment.queues[0].table == IndirectionTable(only: WorkerID(0)))
    #expect(assignment.ports.allSatisfy { $0.queue == .defaultQueue })
  }

  @Test("rss: no port has a queue, the default queue spreads over all workers alike", arguments: [1, 2, 3, 8, 64])
  func rss(_ workers: Int) {
    let assignment = QueueAssignment(Self.ports(3), mode: .rss, workers: workers, limit: 16)
    #expect(assignment.queues.count == 1)
    let counts = Dictionary(grouping: assignment.queues[0].table.workers, by: { $0 }).mapValues(\.count)
    #expect(counts.count == workers)
    #expect(counts.values.max()! - counts.values.min()! <= 1)
  }

  @Test("vmq: each port has a queue, all of it on its home worker; homes are spread evenly")
  func vmq() {
    let assignment = QueueAssignment(Self.ports(8), mode: .vmq, workers: 4, limit: 16)
    #expect(assignment.ports.map(\.queue) == (1...8).map { QueueID($0) })
    #expect(assignment.ports.allSatisfy { $0.hasOwnQueue })
    #expect(assignment.queues.allSatisfy { Set($0.table.workers) == [$0.table.home] && !$0.isSpread })
    // The default queue counts as one on worker 0.
    #expect(Self.homes(assignment) == [1, 2, 3, 0, 1, 2, 3, 0])
  }

  @Test("vmq+vrss: a queue starts at home and goes round the workers")
  func vmqAndVRSS() {
    let assignment = QueueAssignment(Self.ports(3), mode: .vmqAndVRSS, workers: 8, limit: 16)
    for queue in assignment.queues where queue.port != nil {
      let home = Int(queue.table.home.index)
      #expect(queue.isSpread)
      #expect(queue.table.workers.map { Int($0.index) } == (0..<128).map { (home + $0) % 8 })
    }
    #expect(assignment.queues[0].isSpread)
    #expect(assignment.queues[0].table.used.count == 8)
  }

  @Test("only so many ports get a queue, in order; the rest share the default queue")
  func limit() {
    let assignment = QueueAssignment(Self.ports(5), mode: .vmq, workers: 2, limit: 2)
    #expect(assignment.ports.map(\.queue.index) == [1, 2, 0, 0, 0])
    #expect(QueueAssignment(Self.ports(2), mode: .vmq, workers: 2, limit: 0).queues.count == 1)
  }

  @Test("a port of weight 0 gets no queue and takes none from others")
  func weightZero() {
    var ports = Self.ports(3)
    ports[0].wantsQueue = false
    let assignment = QueueAssignment(ports, mode: .vmq, workers: 2, limit: 2)
    #expect(assignment.ports.map(\.queue.index) == [0, 1, 2])
  }

  @Test("maximumWorkers, excludeHome and vrss: off shape a queue's table")
  func tableOptions() {
    let ports = [
      QueueRequest(name: "few", maximumWorkers: 3),
      QueueRequest(name: "off", vrss: false),
      QueueRequest(name: "away", excludeHome: true),
      QueueRequest(name: "one away", maximumWorkers: 1, excludeHome: true),
      QueueRequest(name: "none", maximumWorkers: 0),
    ]
    let assignment = QueueAssignment(ports, mode: .vmqAndVRSS, workers: 4, limit: 16)
    func workers(_ name: String) -> Set<Int> {
      Set(assignment.queue(assignment.port(name)!.queue)!.table.workers.map { Int($0.index) })
    }
    #expect(workers("few") == [1, 2, 3])
    #expect(workers("off") == [2])
    #expect(workers("away") == [0, 1, 2])
    #expect(workers("one away") == [1])
    #expect(workers("none") == [1])
  }

  @Test("on one worker everything is on worker 0, whatever is asked", arguments: SteeringMode.allCases)
  func oneWorker(_ mode: SteeringMode) {
    var ports = Self.ports(3)
    ports[1].excludeHome = true
    let assignment = QueueAssignment(ports, mode: mode, workers: 1, limit: 16)
    #expect(assignment.queues.allSatisfy { $0.table == IndirectionTable(only: WorkerID(0)) })
  }

  @Test("a port's own mode makes its own table and does not count as a VMQ unless it is one")
  func ownMode() {
    var ports = Self.ports(4)
    ports[0].mode = .single
    ports[1].mode = .rss
    let assignment = QueueAssignment(ports, mode: .vmq, workers: 4, limit: 1)
    #expect(assignment.ports.map(\.queue.index) == [1, 2, 3, 0])
    #expect(assignment.queue(QueueID(1))!.table == IndirectionTable(only: WorkerID(0)))
    #expect(assignment.queue(QueueID(2))!.table.used.count == 4)
  }

  @Test("a port may have a VMQ where the switch has none")
  func ownVMQ() {
    var ports = Self.ports(2)
    ports[1].mode = .vmqAndVRSS
    let assignment = QueueAssignment(ports, mode: .single, workers: 4, limit: 16)
    #expect(assignment.ports.map(\.queue.index) == [0, 1])
    #expect(assignment.queues[1].table.used.count == 4)
  }

  @Test("planned again, ports keep their queues and homes; a gap is filled by the next new port")
  func keeping() {
    let before = QueueAssignment(Self.ports(4), mode: .vmq, workers: 4, limit: 4)
    var ports = Self.ports(4)
    ports.remove(at: 1)
    ports.insert(QueueRequest(name: "new"), at: 0)
    let after = QueueAssignment(ports, mode: .vmq, workers: 4, limit: 4, keeping: before)
    for name in ["vm1", "vm3", "vm4"] {
      #expect(after.port(name)!.queue == before.port(name)!.queue)
      #expect(after.queue(after.port(name)!.queue)!.table == before.queue(before.port(name)!.queue)!.table)
    }
    #expect(after.port("new")!.queue == QueueID(2))
    #expect(after.queue(QueueID(2))!.table.home == WorkerID(2))
  }

  @Test("with the limit lowered, ports that had a queue come first")
  func keepingUnderLimit() {
    let before = QueueAssignment(Self.ports(2), mode: .vmq, workers: 4, limit: 2)
    let ports = [QueueRequest(name: "new")] + Self.ports(2)
    let after = QueueAssignment(ports, mode: .vmq, workers: 4, limit: 2, keeping: before)
    #expect(after.ports.map(\.queue.index) == [0, 1, 2])
  }

  @Test("with fewer workers, homes that are gone are chosen anew")
  func fewerWorkers() {
    let before = QueueAssignment(Self.ports(4), mode: .vmq, workers: 8, limit: 16)
    let after = QueueAssignment(Self.ports(4), mode: .vmq, workers: 2, limit: 16, keeping: before)
    #expect(Self.homes(after).allSatisfy { $0 < 2 })
    #expect(after.ports.map(\.queue) == before.ports.map(\.queue))
    let counts = Dictionary(grouping: Self.homes(after), by: { $0 }).mapValues(\.count)
    #expect(counts == [0: 2, 1: 2])
  }

  @Test("properties hold for any requests")
  func properties() {
    var random = Generator(state: 11)
    for _ in 0..<500 {
      let workers = 1 + random.below(64)
      let limit = random.below(12)
      let mode = random.pick(SteeringMode.allCases)
      let requests = (0..<random.below(20)).map { number in
        QueueRequest(
          name: "p\(number)", wantsQueue: random.chance(80),
          mode: random.chance(20) ? random.pick(SteeringMode.allCases) : nil,
          vrss: random.chance(80), maximumWorkers: random.below(70), excludeHome: random.chance(20))
      }
      let assignment = QueueAssignment(requests, mode: mode, workers: workers, limit: limit)
      let filtered = assignment.queues.filter { $0.port != nil && $0.mode.usesFilters }
      #expect(filtered.count <= limit)
      #expect(Set(assignment.queues.map(\.id)).count == assignment.queues.count)
      #expect(assignment.ports.map(\.name) == requests.map(\.name))
      #expect(assignment.queues.allSatisfy { $0.table.used.allSatisfy { $0.index < workers } })
      #expect(assignment.ports.allSatisfy { assignment.queue($0.queue) != nil })
      // Evenly: VMQ homes with the default queue differ by at most one.
      var load = Array(repeating: 0, count: workers)
      load[0] = 1
      for queue in assignment.queues where queue.port != nil && queue.mode != .single {
        load[Int(queue.table.home.index)] += 1
      }
      #expect(load.max()! - load.min()! <= 1)
    }
  }
}
