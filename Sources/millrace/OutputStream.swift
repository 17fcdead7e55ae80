import Control
import Glibc

/// Standard output and standard error, written at once and in full.
struct OutputStream: TextOutputStream {
  static let standardOutput = OutputStream(descriptor: STDOUT_FILENO)
  static let standardError = OutputStream(descriptor: STDERR_FILENO)

  let descriptor: Int32

  /// Whether a person looks on, so that the screen can be redrawn.
  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// A value as one JSON object, over several lines or on one, and a line's end.
  func write(json value: some Encodable, pretty: Bool = true) throws {
    write(String(decoding: try StatusJSON.encode(value, pretty: pretty), as: UTF8.self) + "\n")
  }

  /// When nobody reads any more (`millrace show ports | head`) the command has done its work: it ends, quietly, also
  /// where the caller ignores SIGPIPE. Any other fault of the descriptor ends it with 74 (EX_IOERR).
  func write(_ text: String) {
    if let fault = attempt(text) { exit(fault == EPIPE ? EXIT_SUCCESS : EX_IOERR) }
  }

  /// Writes, and returns the errno that kept it from all of it instead of ending the program, which others may still need.
  /// SIGPIPE must be ignored.
  @discardableResult func attempt(_ text: String) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wait, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}
