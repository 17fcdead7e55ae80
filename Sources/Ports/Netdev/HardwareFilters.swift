import CLinux
import Units

/// Filters in a NIC itself (ethtool: ntuple): frames to an address enter by the receive queue that is named for it, not
/// by the one that the NIC's hash chooses.
///
/// Without a queue to choose, or a driver that has filters, there are none.
public struct HardwareFilters {
  /// A filter, and the place the driver gave it.
  public struct Filter: Sendable, Hashable {
    public let queue: Int
    public let place: UInt32
  }

  public let netdev: String
  /// The device went by filters before; else they are to be turned off again.
  public let wasOn: Bool
  public private(set) var filters: [MACAddress: Filter] = [:]
  /// Addresses whose filter the driver refused, for this queue.
  private var refused: [MACAddress: Int] = [:]

  /// Turns filters on; nil where that cannot be.
  public init?(_ facts: NetdevFacts) {
    guard facts.receiveQueues > 1, case let state = ml_ntuple_is_on(facts.name), state >= 0 else { return nil }
    (netdev, wasOn) = (facts.name, state == 1)
    guard wasOn || ml_ntuple_turn(netdev, 1) == 0 else { return nil }
  }

  /// Makes the filters these: the queue of each address. Returns the error of each that the driver newly refuses.
  public mutating func set(_ wanted: [MACAddress: Int]) -> [MACAddress: Int32] {
    for (address, filter) in filters where wanted[address] != filter.queue {
      _ = ml_ntuple_remove(netdev, filter.place)
      filters[address] = nil
      // There is a place again.
      refused = [:]
    }
    refused = refused.filter { wanted[$0.key] == $0.value }
    var errors: [MACAddress: Int32] = [:]
    for (address, queue) in wanted where filters[address] == nil && refused[address] == nil {
      let result = ml_ntuple_add(netdev, address.bytes, UInt32(queue))
      if result >= 0 {
        filters[address] = Filter(queue: queue, place: UInt32(result))
      } else {
        refused[address] = queue
        errors[address] = -result
      }
    }
    return errors
  }

  /// Undoes what another instance did.
  public static func undo(netdev: String, wasOn: Bool, places: [UInt32]) {
    for place in places { _ = ml_ntuple_remove(netdev, place) }
    if !wasOn { _ = ml_ntuple_turn(netdev, 0) }
  }
}
