import Dataplane
import Glibc
import Logging
import Ports
import Units

/// Bulk senders on a veth run on CPUs without workers.
///
/// A worker that hands an acknowledgement to a sender's veth runs that sender's TCP inside its system call, and with
/// it the XDP program on what TCP then sends, and the copy into the arena. RPS moves the latter two to other CPUs.
/// Small frames are left where they are: for them another CPU costs more than it takes over.
extension Switch {
  /// Once a second.
  func steerBulkReceive() {
    // The share of an emulated core is measured with everything its thread does.
    guard config.emulatedShare == nil else { return }
    for runtime in runtimes where runtime.ingress == .super {
      guard case .netdev(let device, _) = runtime.device else { continue }
      let was = runtime.bulk.isBulk
      runtime.bulk.observe(
        frames: runtime.counters[.receivedFrames], bytes: runtime.counters[.receivedBytes])
      if runtime.bulk.isBulk != was { setReceiveCPUs(of: device, runtime) }
    }
  }

  private func setReceiveCPUs(of device: NetdevPort, _ runtime: PortRuntime) {
    let name = device.facts.name
    let free = (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))).filter { !config.workers.contains($0) }
    if runtime.bulk.isBulk {
      // A mask that is somebody's stays.
      guard !free.isEmpty, let mask = ReceiveCPUs.mask(of: name), ReceiveCPUs.isOff(mask) else { return }
      journal.willChange(.receiveCPUs(mask, queues: device.facts.receiveQueues), of: name)
      guard ReceiveCPUs.set(CPUMask.text(free), of: name, queues: device.facts.receiveQueues) else { return }
      log.info("\(runtime.name): receives in bulk; its frames enter on CPUs without workers (RPS)")
    } else {
      restoreReceiveCPUs(of: device)
    }
  }

  /// A no-op where they were not changed.
  func restoreReceiveCPUs(of device: NetdevPort) {
    journal.undo(log: log) { $0.netdev == device.facts.name && $0.setting.kind == .receiveCPUs }
  }
}
