import CMillraceABI
import Steering
import Units
import Wire

extension SteeringModel.Decision {
  /// What an XDP program wrote.
  init(_ metadata: mr_frame_metadata) {
    let isHashed = metadata.flags & UInt16(MR_META_HASHED) != 0
    self.init(
      queue: QueueID(metadata.queue), worker: WorkerID(metadata.worker), hash: isHashed ? metadata.hash : nil)
  }
}

/// What the BPF programs must decide, written again in plain Swift over Wire's parser.
struct SteeringModel {
  var port: PortSteering
  var filters: [VMQFilter: QueueID]
  var queues: [QueueID: IndirectionTable]
  let table: ToeplitzTable

  struct Decision: Equatable {
    var queue: QueueID
    var worker: WorkerID
    /// Nil for what cannot be hashed.
    var hash: UInt32?
  }

  func decide(_ frame: [UInt8]) -> Decision {
    frame.withUnsafeBytes { bytes in
      let headers = FrameHeaders(parsing: bytes.baseAddress!, available: bytes.count, total: bytes.count)
      let hash = headers.isHashable ? headers.flowHash(bytes.baseAddress!, table.view) : nil
      return decide(headers, hash)
    }
  }

  private func decide(_ headers: FrameHeaders, _ hash: UInt32?) -> Decision {
    var queue = port.ownQueue
    if port.byAddress && !headers.isMulticast {
      let vlan = headers.vlan != 0 ? headers.vlan : port.untaggedVLAN
      let filter = VMQFilter(address: MACAddress(value: headers.destination), vlan: vlan)
      queue = filters[filter] ?? queue
    }
    let indirection = queues[queue]!
    let worker = hash.map { indirection.workers[Int($0 & 127)] } ?? indirection.home
    return Decision(queue: queue, worker: worker, hash: hash)
  }

  /// Writes the model into the kernel's maps.
  func install(in maps: SteeringMaps, as id: PortID) throws {
    try maps.setPort(id, port)
    for (filter, queue) in filters { try maps.setFilter(filter, queue) }
    for (id, table) in queues { try maps.setQueue(id, table) }
  }
}

extension SteeringModel {
  static let addresses = [
    "02:00:00:00:00:01", "02:00:00:00:00:02", "06:12:34:56:78:9a", "02:00:00:00:00:03", "ff:ff:ff:ff:ff:ff",
    "01:00:5e:00:00:01",
  ].map { MACAddress($0)! }
  static let vlans: [UInt16] = [0, 10, 20, 4095]

  /// Eight workers, filters on some of the addresses and VLANs, tables that differ in every entry.
  static func example(byAddress: Bool, untaggedVLAN: UInt16) -> SteeringModel {
    var random = Generator(state: 7)
    func table(_ home: UInt8) -> IndirectionTable {
      IndirectionTable(
        home: WorkerID(home),
        workers: (0..<IndirectionTable.entries).map { _ in WorkerID(UInt8(random.below(8))) })
    }
    let filters: [VMQFilter: QueueID] = [
      VMQFilter(address: addresses[0]): QueueID(1),
      VMQFilter(address: addresses[0], vlan: 10): QueueID(2),
      VMQFilter(address: addresses[1], vlan: 20): QueueID(3),
      VMQFilter(address: addresses[2], vlan: 10): QueueID(1024),
      // Without effect: no port's own address.
      VMQFilter(address: .broadcast): QueueID(1),
    ]
    let queues = [0, 1, 2, 3, 9, 1024].map { (QueueID($0), table(UInt8($0 % 8))) }
    return SteeringModel(
      port: PortSteering(byAddress: byAddress, ownQueue: QueueID(9), untaggedVLAN: untaggedVLAN),
      filters: filters, queues: Dictionary(uniqueKeysWithValues: queues), table: ToeplitzTable())
  }
}
