import CXDP
import Glibc
import Synchronization

/// libbpf's messages, kept instead of printed. libbpf has one sink a process, so captures take turns.
enum LibbpfLog {
  private static let turn = Mutex(())
  private static let lines = Mutex<[String]>([])

  /// Runs `body` and hands it a closure that tells the most telling line libbpf has written meanwhile.
  static func capturing<Result: Sendable, Failure: Error>(
    _ body: (_ said: () -> String) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try turn.withLock { _ throws(Failure) in
      lines.withLock { $0 = [] }
      let previous = libbpf_set_print { level, format, arguments in
        guard level == LIBBPF_WARN, let format, let arguments else { return 0 }
        // Room for any verifier log worth reading.
        var text = [CChar](repeating: 0, count: 1 << 20)
        vsnprintf(&text, text.count, format, arguments)
        LibbpfLog.keep(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        return 0
      }
      defer { libbpf_set_print(previous) }
      return try body { lines.withLock { mostTelling($0) } }
    }
  }

  /// A verifier log may run to megabytes; its end tells.
  private static func keep(_ text: String) {
    let new = text.split(separator: "\n").suffix(100).map(String.init)
    lines.withLock { $0 = Array(($0 + new).suffix(200)) }
  }

  /// The line before the verifier's summary, else the first.
  private static func mostTelling(_ lines: [String]) -> String {
    if let end = lines.firstIndex(where: { $0.hasPrefix("processed ") }), end > 0 { return trimmed(lines[end - 1]) }
    return lines.first.map(trimmed) ?? ""
  }

  private static func trimmed(_ line: String) -> String {
    line.hasPrefix("libbpf: ") ? String(line.dropFirst(8)) : line
  }
}
