import Glibc

/// The CPUs that the kernel may handle a device's received frames on: receive packet steering, RPS (kernel:
/// networking/scaling.rst). A flow is always handled on the same one; without RPS it is the CPU a veth's sender was on.
public enum ReceiveCPUs {
  /// The mask of the first queue, as the kernel writes it; nil when the device is gone, or of another namespace than
  /// the mounted sysfs.
  public static func mask(of netdev: String) -> String? {
    let fd = Glibc.open(path(netdev, queue: 0), O_RDONLY)
    guard fd >= 0 else { return nil }
    defer { Glibc.close(fd) }
    // A hexadecimal digit for four CPUs and the commas between: enough for the kernel's most, 8,192.
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(fd, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].filter { $0 > UInt8(ascii: " ") }, as: UTF8.self)
  }

  /// Whether a mask names no CPU: RPS is off.
  public static func isOff(_ mask: String) -> Bool { mask.allSatisfy { $0 == "0" || $0 == "," } }

  /// Writes the mask to every receive queue. False when the kernel refuses.
  public static func set(_ mask: String, of netdev: String, queues: Int) -> Bool {
    (0..<queues).allSatisfy { queue in
      let fd = Glibc.open(path(netdev, queue: queue), O_WRONLY)
      guard fd >= 0 else { return false }
      defer { Glibc.close(fd) }
      return Glibc.write(fd, mask, mask.utf8.count) == mask.utf8.count
    }
  }

  private static func path(_ netdev: String, queue: Int) -> String {
    "/sys/class/net/\(netdev)/queues/rx-\(queue)/rps_cpus"
  }
}
