import Glibc
import Logging
import Ports
import Steering
import Units

/// VMQ filters in NICs.
///
/// What one worker is to have may as well enter by one hardware queue: the worker finds it in one ring, and the NIC's
/// interrupts are where the VMQ is. The XDP program still steers: a queue of whose filter the driver wants nothing to
/// know enters wherever the NIC's hash has it. Queues that vRSS spreads are left to that hash.
extension Switch {
  /// Makes the filters of each uplink those of the queues there are.
  func setHardwareFilters() {
    for uplink in runtimes {
      guard case .netdev(let device, _) = uplink.device, var hardware = uplink.hardwareFilters else { continue }
      let before = hardware.filters
      let errors = hardware.set(wanted(at: uplink, queues: device.queues.count))
      if hardware.filters != before {
        journal.willChange(
          .filters(wasOn: hardware.wasOn, places: hardware.filters.values.map(\.place)), of: hardware.netdev)
      }
      uplink.hardwareFilters = hardware
      for (address, code) in errors {
        log.info(
          "\(uplink.name): \(hardware.netdev) takes no filter for \(address) (\(String(cString: strerror(code)))); its hash chooses the queue"
        )
      }
    }
  }

  /// Finds out whether a device goes by filters; before its first frame.
  func openHardwareFilters(_ runtime: PortRuntime, _ facts: NetdevFacts) {
    guard runtime.isUplink, let hardware = HardwareFilters(facts) else { return }
    journal.willChange(.filters(wasOn: hardware.wasOn, places: []), of: facts.name)
    runtime.hardwareFilters = hardware
    log.info("\(runtime.name): \(facts.name) matches VMQ filters itself (ntuple)")
  }

  /// Leaves a device as it was.
  func closeHardwareFilters(_ runtime: PortRuntime) {
    guard let hardware = runtime.hardwareFilters else { return }
    journal.undo(log: log) { $0.netdev == hardware.netdev && $0.setting.kind == .filters }
    runtime.hardwareFilters = nil
  }

  /// The hardware queue of each address whose VMQ is not spread.
  private func wanted(at uplink: PortRuntime, queues: Int) -> [MACAddress: Int] {
    guard arranged[arrangement]?.ports[uplink.id]?.byAddress == true else { return [:] }
    var found: [MACAddress: Set<Int>] = [:]
    for (filter, id) in arranged[arrangement]?.filters ?? [:] {
      guard let queue = assignment.queue(id), !queue.isSpread else { continue }
      found[filter.address, default: []].insert(Int(queue.start.home.index) % queues)
    }
    // An address that several VLANs know by different queues is left to the hash.
    return found.compactMapValues { $0.count == 1 ? $0.first : nil }
  }

  /// The hardware queues that frames to an address enter by.
  func hardwareQueues(of address: MACAddress?) -> [QueueStatus.HardwareQueue] {
    guard let address else { return [] }
    return runtimes.compactMap { port in
      guard let hardware = port.hardwareFilters, let filter = hardware.filters[address] else { return nil }
      return .init(netdev: hardware.netdev, queue: filter.queue)
    }
  }
}
