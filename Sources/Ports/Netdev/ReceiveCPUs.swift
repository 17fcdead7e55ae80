/// The CPUs that the kernel may handle a device's received frames on: receive packet steering, RPS (kernel:
/// networking/scaling.rst). A flow is always handled on the same one; without RPS it is the CPU a veth's sender was on.
public enum ReceiveCPUs {
  /// The mask that names no CPU, as the kernel writes it, when it is that of every queue: RPS is off. Else nil, as when
  /// the device is gone, or of another namespace than the mounted sysfs.
  public static func offMask(of netdev: String, queues: Int) -> String? {
    let masks = (0..<queues).map { file(of: netdev, queue: $0).read() }
    guard masks.allSatisfy({ $0?.allSatisfy { $0 == "0" || $0 == "," } ?? false }) else { return nil }
    return masks.first ?? nil
  }

  /// Writes the mask to every receive queue. False when the kernel refuses.
  public static func set(_ mask: String, of netdev: String, queues: Int) -> Bool {
    (0..<queues).allSatisfy { file(of: netdev, queue: $0).write(mask) }
  }

  private static func file(of netdev: String, queue: Int) -> DeviceAttribute {
    DeviceAttribute("queues/rx-\(queue)/rps_cpus", of: netdev)
  }
}
