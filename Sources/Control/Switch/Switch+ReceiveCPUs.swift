import Dataplane
import Glibc
import Logging
import Ports
import Steering
import Units

/// Frames of bulk senders on a veth enter on CPUs without workers.
///
/// A worker that hands an acknowledgement to a sender's veth runs that sender's TCP inside its system call, and with
/// it the XDP program on what TCP then sends, and the copy into the arena. The latter two go to other CPUs: by receive
/// packet steering where super-frames come in whole, by NAPI threads where the veth's own NAPI runs the program.
/// Small frames are left where they are: for them another CPU costs more than it takes over.
extension Switch {
  /// Once a second.
  func steerBulkReceive() {
    // The share of an emulated core is measured with everything its thread does.
    guard config.emulatedShare == nil else { return }
    for runtime in runtimes {
      guard case .netdev(let device, let program) = runtime.device else { continue }
      let superFrames = runtime.ingress == .super
      guard superFrames || (device.facts.driver == "veth" && runtime.attachMode == .native) else { continue }
      let was = runtime.bulk.isBulk
      let onWorkers = superFrames ? nil : try? program.counters(of: config.workers)
      runtime.bulk.observe(
        BulkReceive.Received(
          frames: runtime.counters[.receivedFrames], bytes: runtime.counters[.receivedBytes],
          framesOnWorkers: onWorkers?.redirected ?? 0),
        superFrames: superFrames)
      if runtime.bulk.isBulk != was { setReceiveCPUs(of: device, runtime) }
    }
  }

  private func setReceiveCPUs(of device: NetdevPort, _ runtime: PortRuntime) {
    guard runtime.bulk.isBulk else { return restoreReceiveCPUs(of: device.facts) }
    let free = (0..<sysconf(Int32(_SC_NPROCESSORS_ONLN))).filter { !config.workers.contains($0) }
    if free.isEmpty { return }
    let means =
      runtime.ingress == .super ? steerPackets(of: device.facts, to: free) : runThreads(of: device.facts, on: free)
    if let means { log.info("\(runtime.name): receives in bulk; its frames enter on CPUs without workers (\(means))") }
  }

  /// What did it; nil where it was not to be done: a mask that is somebody's stays.
  private func steerPackets(of device: NetdevFacts, to cpus: [Int]) -> String? {
    guard let mask = ReceiveCPUs.offMask(of: device.name, queues: device.receiveQueues) else { return nil }
    journal.willChange(.receiveCPUs(mask, queues: device.receiveQueues), of: device.name)
    return ReceiveCPUs.set(CPUMask.text(cpus), of: device.name, queues: device.receiveQueues) ? "RPS" : nil
  }

  /// What did it; nil where it was not to be done: threads that are somebody's stay.
  private func runThreads(of device: NetdevFacts, on cpus: [Int]) -> String? {
    let isOurs = journal.has(.receiveThreads, of: device.name)
    guard isOurs || ReceiveThreads.areOn(device.name) == false else { return nil }
    journal.willChange(.receiveThreads, of: device.name)
    if ReceiveThreads.set(true, of: device.name), ReceiveThreads.pin(ofDevice: device.index, to: cpus) {
      return "NAPI threads"
    }
    restoreReceiveCPUs(of: device)
    return nil
  }

  /// A no-op where they were not changed.
  func restoreReceiveCPUs(of device: NetdevFacts) {
    journal.undo(.receiveCPUs, .receiveThreads, of: device.name, log: log)
  }
}
