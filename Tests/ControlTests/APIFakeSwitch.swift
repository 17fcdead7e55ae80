import Control
import Dataplane
import Synchronization
import Units

/// A switch of two ports in memory: remembers what it was told.
final class FakeSwitch: SwitchController {
  struct Told: Equatable {
    var added: [String] = []
    var removed: [String] = []
    var set: [String: String] = [:]
    var flushed: [String] = []
    var moved: [String] = []
    var addedRules: [String: String] = [:]
    var removedRules: [String: String] = [:]
    var questions: [RuleQuestion] = []
    var reports: [String] = []
    var resets: [String] = []
  }

  private let state = Mutex(Told())
  /// Thrown by every call, when there is one.
  let fault: (any Error)?

  /// Learned addresses to report instead of the two of `fdb`.
  let learned: Int

  init(fault: (any Error)? = nil, learned: Int = 0) {
    self.fault = fault
    self.learned = learned
  }

  var told: Told { state.withLock { $0 } }

  private func check() throws { if let fault { throw fault } }

  func summary() async throws -> SummaryStatus {
    try check()
    var summary = SummaryStatus(
      version: "1.2.3", processID: 4711, configuration: "lab.yaml", steering: "vmq+vrss", polling: "adaptive")
    summary.workers = 2
    summary.ports = 2
    summary.portsUp = 1
    summary.receivedFrames = 1_234_567
    summary.frames = try await frames()
    return summary
  }

  func ports() async throws -> [PortStatus] {
    try check()
    var vm = PortStatus(name: "vm1", kind: .netdev, netdev: "tap1", mode: .generic, state: .up)
    vm.mac = MACAddress("02:00:00:00:01:01")
    vm.modeReason = "native XDP is not supported by the driver"
    vm.ingress = .super
    vm.mtu = 1500
    vm.queues = 1
    vm.receivedFrames = 1_234_567
    vm.receivedBytes = 1_000_000_000
    vm.drops = ["runt": 3, "acl": 4]
    var kernel = KernelQueueStatus(queue: 0)
    kernel.rxRingFull = 5
    vm.kernel = [kernel]
    return [vm, PortStatus(name: "mgmt", kind: .host, netdev: "mgmt0", mode: .tap, state: .down)]
  }

  func workers() async throws -> [WorkerStatus] {
    try check()
    var real = WorkerStatus(worker: 0, cpu: 0, emulatedShare: nil)
    real.load = 0.25
    real.frames = 1000
    return [real, WorkerStatus(worker: 1, cpu: 1, emulatedShare: 0.15)]
  }

  func queues() async throws -> [QueueStatus] {
    try check()
    return [
      QueueStatus(
        port: QueueStatus.defaultQueuePort, queue: 0, mac: nil, vlan: 0, homeWorker: 0, workers: [0], vrss: false),
      QueueStatus(
        port: "vm1", queue: 1, mac: MACAddress("02:00:00:00:01:01"), vlan: 10, homeWorker: 1, workers: [0, 1],
        vrss: true),
    ]
  }

  func indirection(port: String?) async throws -> [IndirectionStatus] {
    try check()
    guard port == nil || port == "vm1" else { throw ControlError.noSuchPort(port!) }
    return [IndirectionStatus(port: "vm1", entries: (0..<128).map { $0 % 2 })]
  }

  func fdb() async throws -> [FDBStatus] {
    try check()
    guard learned == 0 else {
      return (0..<learned).map {
        FDBStatus(
          mac: MACAddress(value: 0x0200_0000_0000 + UInt64($0)), vlan: 0, port: "vm1", isStatic: false, ageSeconds: 1)
      }
    }
    return [
      FDBStatus(mac: MACAddress("02:00:00:00:01:01")!, vlan: 10, port: "vm1", isStatic: true, ageSeconds: nil),
      FDBStatus(mac: MACAddress("02:00:00:00:01:02")!, vlan: 0, port: "mgmt", isStatic: false, ageSeconds: 12.5),
    ]
  }

  func frames() async throws -> FramesStatus {
    try check()
    var breakdown = FramesStatus.Breakdown()
    breakdown.freePool = 1000
    breakdown.workerCaches = 20
    breakdown.fillRings = 3000
    breakdown.residue = 6
    return FramesStatus(total: 4096, held: 70, breakdown: breakdown)
  }

  func drops() async throws -> [DropStatus] {
    try check()
    return [DropStatus(port: "vm1", reason: "runt", frames: 3), DropStatus(port: nil, reason: "noFrame", frames: 1)]
  }

  func teams() async throws -> [TeamStatus] {
    [
      TeamStatus(
        name: "t0", mode: "dynamic", queues: "sum", queueCount: 2, gapMicroseconds: 500,
        members: [.init(name: "up1", state: .live)])
    ]
  }

  func qos() async throws -> [QoSStatus] {
    try check()
    var status = QoSStatus(port: "vm1", class: "voice")
    status.reserveBitsPerSecond = 50_000_000
    status.delayP99Microseconds = 1500
    status.dropsAQM = 3
    status.dropsFull = 4
    var rest = QoSStatus(port: "vm1", class: "default")
    rest.weight = 20
    rest.maximumBitsPerSecond = 2_000_000_000
    return [status, rest]
  }

  func moves() async throws -> [MoveStatus] {
    try check()
    var move = MoveStatus(sequence: 7, port: "vm1", entry: 17, from: 0, to: 1, reason: .forced)
    move.heldFrames = 3
    move.longestHoldMicroseconds = 87.5
    return [move, MoveStatus(sequence: 8, port: "vm1", entry: nil, from: 1, to: 0, reason: .forced)]
  }

  func moveEntries(port: String, entries: IndirectionEntries, to worker: Int) async throws -> Int {
    try check()
    guard port == "vm1" else { throw ControlError.noSuchPort(port) }
    state.withLock { $0.moved.append("\(port) \(entries): \(worker)") }
    return entries.range?.count ?? 128
  }

  func acl(port: String?) async throws -> [RuleStatus] {
    try check()
    let text = "switch: {workers: [0]}\nports: [{name: vm1, netdev: tap1, acl: [\(Self.rules)]}]"
    var rules = try SwitchConfig.read(yaml: text, file: "fake") { _ in true }.ports[0].acl
      .map { RuleStatus(port: "vm1", rule: $0) }
    (rules[0].frames, rules[0].bytes) = (12, 1234)
    return rules
  }

  private static let rules = """
    {action: deny, direction: in, remote: 10.9.0.0/16},
    {action: meter, direction: out, remote: any, meter: tenant-a},
    {weight: 10, action: allow, direction: out, protocol: tcp, remotePort: 80-90, stateful: true}
    """

  func meters(port: String?) async throws -> [MeterStatus] { try await meterReport(port: port, since: nil).meters }

  func meterReport(port: String?, since: Int?) async throws -> MeterReport {
    try check()
    state.withLock { $0.reports.append("\(port ?? "every port") \(since.map { "\($0)" } ?? "ever")") }
    func meter(_ port: String, _ end: MeterKey.End, _ bytes: UInt64, active: Bool) -> MeterStatus {
      let key = MeterKey(port: port, direction: .out, end: end, address: "10.0.0.0/8", meter: "tenant-a")
      return MeterStatus(MeterRecord(key, .init(frames: bytes / 100, bytes: bytes)), active: active)
    }
    let meters = [meter("vm1", .remote, 1000, active: true), meter("vm2", .local, 200, active: false)]
    return MeterReport(meters: meters, totals: [], since: since)
  }

  func testRules(port: String, _ question: RuleQuestion) async throws -> RuleTestAnswer {
    try check()
    state.withLock { $0.questions.append(question) }
    return RuleTestAnswer(verdict: .deny, rule: "deny in remote 10.9.0.0/16", meter: nil, why: ["because"])
  }

  func addRules(port: String, yaml: String) async throws {
    try check()
    state.withLock { $0.addedRules[port] = yaml }
  }

  func removeRules(port: String, yaml: String) async throws {
    try check()
    state.withLock { $0.removedRules[port] = yaml }
  }

  func resetMeters(port: String?, meter: String?) async throws -> MeterReport {
    try check()
    state.withLock { $0.resets.append("\(port ?? "every port") \(meter ?? "every meter")") }
    return try await meterReport(port: port, since: nil)
  }

  func addPort(yaml: String) async throws {
    try check()
    state.withLock { $0.added.append(yaml) }
  }

  func removePort(name: String) async throws {
    try check()
    guard name == "vm1" else { throw ControlError.noSuchPort(name) }
    state.withLock { $0.removed.append(name) }
  }

  func setPort(name: String, yaml: String) async throws {
    try check()
    state.withLock { $0.set[name] = yaml }
  }

  func flushFDB(port: String?, vlan: UInt16?) async throws -> Int {
    try check()
    state.withLock { $0.flushed.append("\(port ?? "every port") \(vlan.map(String.init) ?? "every vlan")") }
    return 7
  }
}
