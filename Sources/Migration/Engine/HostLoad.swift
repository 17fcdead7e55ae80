import CLinux
import Glibc
import Synchronization
import Units

/// How busy this host's CPUs are (the first line of /proc/stat).
final class HostLoad: Sendable {
  private struct Reading {
    var busy: UInt64 = 0
    var all: UInt64 = 0
  }

  private let last = Mutex<(Reading, share: Double)>((Reading(), 0))

  init() { _ = busyShare() }

  /// Since the last question, 0 to 1; the last answer when that was just before.
  func busyShare() -> Double {
    last.withLock { last in
      guard let now = Self.read(), now.all > last.0.all + 4 else { return last.share }
      last = (now, Double(now.busy - last.0.busy) / Double(now.all - last.0.all))
      return last.share
    }
  }

  private static func read() -> Reading? {
    guard let file = fopen("/proc/stat", "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // user nice system idle iowait irq softirq steal
    let ticks = text.split(separator: " ").dropFirst().prefix(8).compactMap { UInt64($0.filter(\.isNumber)) }
    guard ticks.count == 8 else { return nil }
    let all = ticks.reduce(0, +)
    return Reading(busy: all - ticks[3] - ticks[4], all: all)
  }
}
