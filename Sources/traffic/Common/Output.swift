import Foundation

/// What a command prints.
enum Output {
  /// One line of JSON on standard output.
  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }

  static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Says that from now on everything that arrives is seen.
  static func ready() { complain("ready") }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno != EINTR { exit(EX_IOERR) }
      done += max(0, count)
    }
  }
}
