import Glibc

/// A device's file in sysfs (kernel: ABI/testing/sysfs-class-net). Only devices of the namespace that sysfs was mounted in
/// have one.
struct DeviceAttribute {
  private let path: String

  init(_ name: String, of netdev: String) { path = "/sys/class/net/\(netdev)/\(name)" }

  /// Without white space; nil when the device is gone, or does not have it.
  func read() -> String? {
    let fd = Glibc.open(path, O_RDONLY)
    guard fd >= 0 else { return nil }
    defer { Glibc.close(fd) }
    // The kernel writes no more than a page.
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(fd, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].filter { $0 > UInt8(ascii: " ") }, as: UTF8.self)
  }

  /// False when the kernel refuses.
  func write(_ value: String) -> Bool {
    let fd = Glibc.open(path, O_WRONLY)
    guard fd >= 0 else { return false }
    defer { Glibc.close(fd) }
    return Glibc.write(fd, value, value.utf8.count) == value.utf8.count
  }
}
