import CLinux
import Glibc
import Units

extension Bytes {
  /// What the kernel says programs can still take without swapping (MemAvailable in proc(5)); nil when it does not say.
  public static func availableOnHost() -> Bytes? {
    guard let file = fopen("/proc/meminfo", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard text.hasPrefix("MemAvailable:") else { continue }
      return text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { Bytes($0 * 1024) }
    }
    return nil
  }
}
