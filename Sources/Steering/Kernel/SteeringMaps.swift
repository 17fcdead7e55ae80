import CMillraceABI
import CXDP
import Glibc
import Units
import Wire

/// How the frames that arrive at a port find their queue.
public struct PortSteering: Hashable, Sendable {
  /// Look the destination address up in the VMQ filters; else every frame takes `ownQueue`.
  public var byAddress: Bool
  /// The queue of frames to no local address, or of all frames.
  public var ownQueue: QueueID
  /// VLAN of the port's untagged frames, 0 for none.
  public var untaggedVLAN: UInt16

  public init(byAddress: Bool, ownQueue: QueueID, untaggedVLAN: UInt16 = 0) {
    (self.byAddress, self.ownQueue, self.untaggedVLAN) = (byAddress, ownQueue, untaggedVLAN)
  }
}

/// A VMQ filter (NDIS_RECEIVE_FILTER): frames to this address in this VLAN take the filter's queue.
public struct VMQFilter: Hashable, Sendable {
  public var address: MACAddress
  /// 0 for untagged frames of ports without a VLAN.
  public var vlan: UInt16

  public init(address: MACAddress, vlan: UInt16 = 0) { (self.address, self.vlan) = (address, vlan) }
}

/// Which of the two sets of ports' steering, filters and queues: while frames are steered by one, the other is written.
public enum Arrangement: UInt8, Sendable {
  case first, second

  public var other: Arrangement { self == .first ? .second : .first }
}

/// The maps all programs of one switch share: ports, VMQ filters, queues, and the Toeplitz table.
///
/// Create one for each switch, before its `PortProgram`s. What is set in the arrangement that a port goes by takes effect
/// at once for every loaded program; each entry is written whole. Called by one at a time.
public final class SteeringMaps: Sendable {
  let ports: BPFMap
  let filters: BPFMap
  let queues: BPFMap
  let toeplitz: BPFMap

  var all: [BPFMap] { [ports, filters, queues, toeplitz] }

  /// Creates the maps. Queue 0 is home to worker 0 until it is set.
  /// - Throws: `SteeringError`: EPERM without privileges.
  public init(table: ToeplitzTable) throws(SteeringError) {
    let object = try BPFObject.open(place: "steering", asksKernel: false)
    var created: [BPFMap] = []
    do {
      for name in ["ports", "filters", "queues", "toeplitz"] { created.append(try Self.create(name, as: object)) }
    } catch {
      for map in created { close(map.descriptor) }
      throw error
    }
    (ports, filters, queues, toeplitz) = (created[0], created[1], created[2], created[3])
    var zero: UInt32 = 0
    let result = bpf_map_update_elem(toeplitz.descriptor, &zero, table.words, UInt64(BPF_ANY))
    if result < 0 { throw SteeringError(place: "steering", operation: "write map toeplitz", errno: result) }
  }

  deinit { for map in all { close(map.descriptor) } }

  private static func create(_ name: String, as object: BPFObject) throws(SteeringError) -> BPFMap {
    let map = object.definition(name)
    var options = bpf_map_create_opts()
    options.sz = MemoryLayout<bpf_map_create_opts>.size
    options.map_flags = bpf_map__map_flags(map)
    let descriptor = bpf_map_create(
      bpf_map__type(map), name, bpf_map__key_size(map), bpf_map__value_size(map), bpf_map__max_entries(map), &options)
    if descriptor < 0 { throw SteeringError(place: "steering", operation: "create map \(name)", errno: descriptor) }
    return BPFMap(descriptor: descriptor, name: name)
  }

  public func setPort(
    _ port: PortID, _ steering: PortSteering, in arrangement: Arrangement = .first
  ) throws(SteeringError) {
    var value = try ports.get(UInt32(port.index), mr_port_steering()) ?? mr_port_steering()
    let arranged = mr_steering(
      flags: steering.byAddress ? UInt32(MR_PORT_BY_ADDRESS) : 0, ownQueue: UInt32(steering.ownQueue.index),
      untaggedVLAN: steering.untaggedVLAN, reserved: 0)
    if arrangement == .first { value.arranged.0 = arranged } else { value.arranged.1 = arranged }
    try ports.set(UInt32(port.index), value)
  }

  public func port(_ port: PortID, in arrangement: Arrangement = .first) throws(SteeringError) -> PortSteering? {
    try ports.get(UInt32(port.index), mr_port_steering()).map {
      let arranged = arrangement == .first ? $0.arranged.0 : $0.arranged.1
      return PortSteering(
        byAddress: arranged.flags & UInt32(MR_PORT_BY_ADDRESS) != 0, ownQueue: QueueID(UInt16(arranged.ownQueue)),
        untaggedVLAN: arranged.untaggedVLAN)
    }
  }

  /// From now on the port's frames are steered by this arrangement.
  public func use(_ arrangement: Arrangement, at port: PortID) throws(SteeringError) {
    var value = try ports.get(UInt32(port.index), mr_port_steering()) ?? mr_port_steering()
    value.arrangement = UInt32(arrangement.rawValue)
    try ports.set(UInt32(port.index), value)
  }

  /// At most 16,384 filters in each arrangement; E2BIG beyond.
  public func setFilter(
    _ filter: VMQFilter, _ queue: QueueID, in arrangement: Arrangement = .first
  ) throws(SteeringError) {
    try filters.set(mr_filter(filter, arrangement), UInt32(queue.index))
  }

  public func removeFilter(_ filter: VMQFilter, in arrangement: Arrangement = .first) throws(SteeringError) {
    try filters.remove(mr_filter(filter, arrangement))
  }

  public func filter(_ filter: VMQFilter, in arrangement: Arrangement = .first) throws(SteeringError) -> QueueID? {
    try filters.get(mr_filter(filter, arrangement), UInt32(0)).map { QueueID(UInt16($0)) }
  }

  public func setQueue(
    _ queue: QueueID, _ table: IndirectionTable, in arrangement: Arrangement = .first
  ) throws(SteeringError) {
    var value = mr_queue()
    value.homeWorker = UInt32(table.home.index)
    withUnsafeMutableBytes(of: &value.workers) { bytes in
      for (entry, worker) in table.workers.enumerated() { bytes[entry] = worker.index }
    }
    try queues.set(Self.place(of: queue, arrangement), value)
  }

  public func queue(
    _ queue: QueueID, in arrangement: Arrangement = .first
  ) throws(SteeringError) -> IndirectionTable? {
    guard let value = try queues.get(Self.place(of: queue, arrangement), mr_queue()) else { return nil }
    let workers = withUnsafeBytes(of: value.workers) { $0.map { WorkerID($0) } }
    return IndirectionTable(home: WorkerID(UInt8(truncatingIfNeeded: value.homeWorker)), workers: workers)
  }

  private static func place(of queue: QueueID, _ arrangement: Arrangement) -> UInt32 {
    UInt32(queue.index) * UInt32(MR_ARRANGEMENTS) + UInt32(arrangement.rawValue)
  }
}

extension mr_filter {
  init(_ filter: VMQFilter, _ arrangement: Arrangement) {
    self.init()
    withUnsafeMutableBytes(of: &address) { $0.copyBytes(from: filter.address.bytes) }
    vlan = filter.vlan | UInt16(arrangement.rawValue) << UInt16(MR_FILTER_SECOND_SHIFT)
  }
}
