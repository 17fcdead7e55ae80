import Glibc

/// Why a command ends without a result. One line.
struct TrafficError: Error, CustomStringConvertible {
  let description: String
  /// As in sysexits.h: 64 usage, 69 something is missing or refused, 77 no privilege.
  let exitCode: Int32

  static func usage(_ fault: String) -> TrafficError { TrafficError(description: fault, exitCode: EX_USAGE) }

  /// A refusal by the kernel. - Parameter code: an errno value.
  static func refused(_ what: String, _ code: Int32) -> TrafficError {
    let privilege = code == EPERM || code == EACCES
    return TrafficError(
      description: "\(what): \(String(cString: strerror(code)))\(privilege ? "; run it as root" : "")",
      exitCode: privilege ? EX_NOPERM : EX_UNAVAILABLE)
  }
}
