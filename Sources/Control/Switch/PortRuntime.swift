import CLinux
import Dataplane
import Ports
import Rings
import Steering
import Units

/// One port of the running switch: its configuration, its device while there is one, and what the workers use of it.
final class PortRuntime {
  /// The device behind the port.
  enum Device {
    case netdev(NetdevPort, PortProgram)
    case host(HostPort, TapProgram)

    var name: String {
      switch self {
      case .netdev(let port, _): port.facts.name
      case .host(let port, _): port.name
      }
    }
  }

  let id: PortID
  var config: PortConfig
  let counters: PortCounters
  private(set) var linkRate = LinkRate.unlimited
  /// What the device's link adds to each frame.
  private var deviceOverhead = Bytes(0)
  /// nil while the device is gone.
  var device: Device?
  /// The index of the device that was opened last.
  var openedIndex: UInt32 = 0
  /// How frames come in, and why so: `show ports`.
  var ingress: PortConfig.Ingress = .native
  var modeReason: String?
  var attachMode: AttachMode = .native
  /// What decides on which CPUs the device's frames enter.
  var bulk = BulkReceive()
  /// What was dropped in front of the workers at devices the port had before.
  var earlierDrops: [String: UInt64] = [:]
  /// When and why the device could not be opened again.
  var fault: (at: Nanoseconds, text: String)?
  /// Receive queues of the device, those included that only its driver uses.
  var receiveQueues = 0
  let createdAt: Nanoseconds
  /// VMQ filters in the device itself; nil where it has none.
  var hardwareFilters: HardwareFilters?
  /// What workers transmit from; made anew with each device. Index: worker.
  private(set) var outputs: UnsafeMutablePointer<OutputQueue>
  private(set) var io: UnsafeMutablePointer<PortIO>?
  private let workers: Int
  /// The port's VMQ, or the default queue.
  var queue = QueueID.defaultQueue
  var hasQueue: Bool { queue != .defaultQueue }
  /// The rules in use, those of `config`, with their counters.
  var book = PortRuleBook()
  /// Addresses that were learned at the port and given its VMQ, when it names none itself.
  var learnedFilters: Set<Filter> = []

  struct Filter: Hashable {
    var address: MACAddress
    var vlan: UInt16
  }

  init(id: PortID, config: PortConfig, workers: Int, emulated: Bool, at time: Nanoseconds) {
    self.id = id
    self.config = config
    createdAt = time
    self.workers = workers
    counters = PortCounters(workers: workers)
    outputs = Self.makeOutputs(workers)
    linkRate = makeLinkRate(emulated: emulated)
  }

  /// Frees what workers used; none may use the port any more.
  func deallocate() {
    for worker in 0..<workers { outputs[worker].deallocate() }
    outputs.deallocate()
    io?.deallocate()
    counters.deallocate()
    linkRate.deallocate()
  }

  var name: String { config.name }

  var isUplink: Bool { config.role == .uplink }

  /// Takes a device into use.
  func open(_ device: Device) {
    self.device = device
    let source =
      switch device {
      case .netdev(let port, _): port.io
      case .host(let port, _): port.io
      }
    io?.deallocate()
    let io = UnsafeMutablePointer<PortIO>.allocate(capacity: workers)
    for worker in 0..<workers { (io + worker).initialize(to: source[worker]) }
    self.io = io
  }

  /// Closes the device and takes its frames back. The port must not be in any table a worker uses.
  func close(pool: FramePool) {
    switch device {
    case .netdev(let port, let program):
      program.detach()
      port.close()
    case .host(let port, let program):
      port.close()
      withExtendedLifetime(program) {}
    case nil: return
    }
    device = nil
    for worker in 0..<workers {
      // No worker counts at this port any more.
      counters.add(.dropDevice, worker: worker, UInt64(outputs[worker].count))
      outputs[worker].discard(into: pool)
      outputs[worker].deallocate()
    }
    outputs.deallocate()
    outputs = Self.makeOutputs(workers)
  }

  /// Takes new settings. The old link rate stays valid until the next table is published; the caller frees it then.
  func configure(_ config: PortConfig, emulated: Bool) {
    self.config = config
    linkRate = makeLinkRate(emulated: emulated)
  }

  /// Charges each frame with what a NIC's link adds to it, unless the configuration says otherwise. The port must not
  /// be in any table a worker uses.
  func chargeForLink(isVirtual: Bool, emulated: Bool) {
    linkRate.deallocate()
    deviceOverhead = isVirtual ? Bytes(0) : Self.ethernetOverhead
    linkRate = makeLinkRate(emulated: emulated)
  }

  /// FCS, preamble with its delimiter, and the gap between frames (IEEE 802.3).
  private static let ethernetOverhead = Bytes(4 + 8 + 12)

  /// What the link adds to each frame.
  var overhead: Bytes { config.overhead ?? deviceOverhead }

  /// What workers forward by. Where bandwidth is managed (`isShaped`), that keeps to the link's rate.
  func entry(isShaped: Bool) -> PortEntry? {
    guard device != nil, let io else { return nil }
    var entry = PortEntry(
      io: io, outputs: outputs, byteLimit: byteLimit, counters: counters, linkRate: isShaped ? .unlimited : linkRate,
      vlan: VLANPolicy(config.vlan),
      isUplink: isUplink, queue: queue.index,
      joinsReceived: config.rsc && ingress == .native, joinsSent: config.rsc)
    entry.rules = PortRulesView(book.rules)
    entry.mirroring = config.mirroring
    return entry
  }

  private static func makeOutputs(_ workers: Int) -> UnsafeMutablePointer<OutputQueue> {
    let outputs = UnsafeMutablePointer<OutputQueue>.allocate(capacity: workers)
    for worker in 0..<workers { (outputs + worker).initialize(to: OutputQueue()) }
    return outputs
  }

  /// A queue holds what the link carries in 10 ms, so that it stays short; at least four super-frames.
  private var byteLimit: Int {
    guard let rate = config.rate else { return 4 << 20 }
    return min(4 << 20, max(256 << 10, Int(rate.bitsPerSecond / 800)))
  }

  /// Emulated cores sleep for milliseconds between batches: the link must be filled ahead that far.
  private func makeLinkRate(emulated: Bool) -> LinkRate {
    guard let rate = config.rate else { return .unlimited }
    return LinkRate(rate, overhead: overhead, burst: .milliseconds(emulated ? 10 : 1))
  }
}

extension VLANPolicy {
  init(_ vlan: PortConfig.VLAN) {
    switch vlan {
    case .untagged: self = .access(0)
    case .access(let id): self = .access(id)
    case .trunk(let tagged, let native): self = .trunk(tagged, native: native)
    }
  }
}
