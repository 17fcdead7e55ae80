import Glibc
import Logging
import Ports
import Steering
import Units

/// VMQ filters in NICs.
///
/// What one worker is to have may as well enter by one hardware queue: the worker finds it in one ring, and the NIC
/// interrupts one CPU for it. The XDP program still steers: what the driver has no filter for enters wherever the NIC's
/// hash has it. Queues that vRSS spreads are left to that hash.
extension Switch {
  /// Lets an uplink's device go by filters, if it can and is to; before it is opened, since drivers may reset it.
  func openHardwareFilters(_ runtime: PortRuntime, _ facts: NetdevFacts) {
    guard runtime.isUplink, SteeringMode(config.steering(of: runtime.config)).usesFilters,
      let wasOn = HardwareFilters.areOn(facts)
    else { return }
    // What it did not let go of the last time.
    journal.undo(.filters, of: facts.name, log: log)
    journal.willChange(.filters(wasOn: wasOn, [:]), of: facts.name)
    runtime.hardwareFilters = HardwareFilters(facts.name)
    guard wasOn || HardwareFilters.turnOn(facts.name) else { return closeHardwareFilters(runtime) }
    log.info("\(runtime.name): \(facts.name) matches VMQ filters itself (ntuple)")
  }

  /// Makes the filters of each uplink those of the queues there are.
  func setHardwareFilters() {
    for uplink in runtimes {
      guard case .netdev(let device, _) = uplink.device, var hardware = uplink.hardwareFilters else { continue }
      let (wanted, before) = (wanted(at: uplink, queues: device.queues.count), hardware.filters.mapValues(\.queue))
      if wanted == before { continue }
      // Until it is done, and where the driver does not let go of one, the device may have both.
      let both = wanted.mapValues { Set([$0]) }.merging(before.mapValues { [$0] }) { $0.union($1) }
      journal.willHaveFilters(both, of: hardware.netdev)
      let errors = hardware.set(wanted)
      uplink.hardwareFilters = hardware
      for (address, code) in errors {
        let reason = String(cString: strerror(code))
        log.info("\(uplink.name): \(hardware.netdev) takes no filter for \(address): \(reason)")
      }
    }
  }

  /// Leaves a device as it was.
  func closeHardwareFilters(_ runtime: PortRuntime) {
    guard let hardware = runtime.hardwareFilters else { return }
    journal.undo(.filters, of: hardware.netdev, log: log)
    runtime.hardwareFilters = nil
  }

  /// The hardware queue of each address whose VMQ is not spread.
  private func wanted(at uplink: PortRuntime, queues: Int) -> [MACAddress: Int] {
    guard arranged[arrangement]?.ports[uplink.id]?.byAddress == true else { return [:] }
    var found: [MACAddress: Set<Int?>] = [:]
    for (filter, id) in arranged[arrangement]?.filters ?? [:] {
      guard let queue = assignment.queue(id) else { continue }
      found[filter.address, default: []].insert(queue.isSpread ? nil : Int(queue.start.home.index) % queues)
    }
    // An address that several VLANs know by different queues is left to the hash.
    return found.compactMapValues { $0.count == 1 ? $0.first! : nil }
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
