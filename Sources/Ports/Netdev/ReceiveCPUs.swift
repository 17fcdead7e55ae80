/// The CPUs that the kernel may handle a device's received frames on: receive packet steering, RPS (kernel:
/// networking/scaling.rst). A flow is always handled on the same one; without RPS it is the CPU a veth's sender was on.
public enum ReceiveCPUs {
  /// The mask of the first queue, as the kernel writes it; nil when the device is gone, or of another namespace than
  /// the mounted sysfs.
  public static func mask(of netdev: String) -> String? { file(of: netdev, queue: 0).read() }

  /// Whether a mask names no CPU: RPS is off.
  public static func isOff(_ mask: String) -> Bool { mask.allSatisfy { $0 == "0" || $0 == "," } }

  /// Writes the mask to every receive queue. False when the kernel refuses.
  public static func set(_ mask: String, of netdev: String, queues: Int) -> Bool {
    (0..<queues).allSatisfy { file(of: netdev, queue: $0).write(mask) }
  }

  private static func file(of netdev: String, queue: Int) -> DeviceAttribute {
    DeviceAttribute("queues/rx-\(queue)/rps_cpus", of: netdev)
  }
}
