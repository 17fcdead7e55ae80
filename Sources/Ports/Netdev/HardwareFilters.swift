import CLinux
import Glibc
import Units

/// Filters in a NIC itself (ethtool: ntuple): frames to an address enter by the receive queue that is named for it, not
/// by the one that the NIC's hash chooses.
public struct HardwareFilters {
  /// A filter, and the place the driver gave it.
  public struct Filter: Sendable, Hashable {
    public let queue: Int
    public let place: UInt32
  }

  public let netdev: String
  public private(set) var filters: [MACAddress: Filter] = [:]
  /// Addresses whose filter the driver does not take, for this queue.
  private var refused: [MACAddress: Int] = [:]

  /// For a device that goes by filters.
  public init(_ netdev: String) { self.netdev = netdev }

  /// Whether a device goes by filters; nil when it has none, or no queues to choose among.
  public static func areOn(_ facts: NetdevFacts) -> Bool? {
    guard facts.receiveQueues > 1, case let state = ml_ntuple_is_on(facts.name), state >= 0 else { return nil }
    return state == 1
  }

  /// Lets a device go by filters. False when its driver has none. A driver may reset the device: before it is used.
  public static func turnOn(_ netdev: String) -> Bool { ml_ntuple_turn(netdev, 1) == 0 }

  /// Makes the filters these: the queue of each address. Returns the error of each that the driver newly refuses.
  public mutating func set(_ wanted: [MACAddress: Int]) -> [MACAddress: Int32] {
    for (address, filter) in filters where wanted[address] != filter.queue { remove(address, filter) }
    refused = refused.filter { wanted[$0.key] == $0.value }
    var errors: [MACAddress: Int32] = [:]
    for (address, queue) in wanted where filters[address] == nil && refused[address] == nil {
      let result = ml_ntuple_add(netdev, address.bytes, UInt32(queue))
      if result >= 0 {
        filters[address] = Filter(queue: queue, place: UInt32(result))
      } else if !Self.passes(-result) {
        refused[address] = queue
        errors[address] = -result
      }
    }
    return errors
  }

  private mutating func remove(_ address: MACAddress, _ filter: Filter) {
    if let found = Self.read(netdev, filter.place), found == (address, filter.queue),
      Self.passes(-ml_ntuple_remove(netdev, filter.place))
    {
      // It is there yet: another time.
      return
    }
    filters[address] = nil
    // There is a place again.
    refused = [:]
  }

  /// Errors of a moment: a driver that resets its device, a list that grew while it was read.
  private static func passes(_ error: Int32) -> Bool { [EBUSY, EAGAIN, EMSGSIZE].contains(error) }

  /// What a place has: nil when it is no filter on an address. Others may set and remove filters, too.
  private static func read(_ netdev: String, _ place: UInt32) -> (address: MACAddress, queue: Int)? {
    var (bytes, queue) = ([UInt8](repeating: 0, count: 6), UInt32(0))
    guard ml_ntuple_read(netdev, place, &bytes, &queue) == 0 else { return nil }
    return (MACAddress(bytes: bytes), Int(queue))
  }

  /// Removes filters of these addresses to these queues, and turns filters off if they were and none is left. False when
  /// the driver does not let go of one, or does not tell which it has.
  public static func undo(netdev: String, wasOn: Bool, _ filters: [MACAddress: Set<Int>]) -> Bool {
    let count = ml_ntuple_count(netdev)
    // A driver that has no filters, or does not tell which.
    if count < 0 { return filters.isEmpty && (wasOn || ml_ntuple_is_on(netdev) != 1 || ml_ntuple_turn(netdev, 0) == 0) }
    var places = [UInt32](repeating: 0, count: Int(count))
    let found = count > 0 ? ml_ntuple_places(netdev, &places, UInt32(count)) : 0
    guard found >= 0 else { return false }
    for place in places.prefix(Int(found)) {
      guard let filter = read(netdev, place), filters[filter.address]?.contains(filter.queue) == true else { continue }
      if ml_ntuple_remove(netdev, place) < 0 { return false }
    }
    return wasOn || ml_ntuple_count(netdev) != 0 || ml_ntuple_turn(netdev, 0) == 0
  }
}
