import CLinux

/// Threads of the kernel that poll a device's queues in place of the CPU a frame came in on: threaded NAPI (kernel:
/// networking/napi.rst). On a veth that is the CPU its sender was on.
public enum ReceiveThreads {
  /// nil when the device is gone, of another namespace than the mounted sysfs, or the kernel has no such threads.
  public static func areOn(_ netdev: String) -> Bool? { file(of: netdev).read().map { $0 != "0" } }

  /// False when the kernel refuses.
  public static func set(_ on: Bool, of netdev: String) -> Bool { file(of: netdev).write(on ? "1" : "0") }

  /// Lets them run on these CPUs alone. False when there are none, or the kernel does not tell which they are (6.8).
  public static func pin(ofDevice index: UInt32, to cpus: [Int]) -> Bool {
    var threads = [Int32](repeating: 0, count: 1024)
    let count = Int(ml_napi_threads(index, &threads, Int32(threads.count)))
    let allowed = cpus.map(Int32.init)
    return count > 0 && threads[..<count].allSatisfy { ml_allow_cpus($0, allowed, Int32(allowed.count)) == 0 }
  }

  private static func file(of netdev: String) -> DeviceAttribute { DeviceAttribute("threaded", of: netdev) }
}
