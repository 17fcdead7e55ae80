import CLinux
import Glibc

/// A fault in one line: where it happened, what is wrong and what to do about it.
public struct MigrationError: Error, Hashable, CustomStringConvertible {
  /// Where: a VM, an address, an option.
  public var place: String
  public var fault: String
  /// What to do; empty when the fault says it all.
  public var fix: String
  /// `errno` of the system call that failed; 0 when none did.
  package var code: Int32 = 0

  public init(_ place: String, _ fault: String, fix: String = "") {
    self.place = place
    self.fault = fault
    self.fix = fix
  }

  public var description: String { fix.isEmpty ? "\(place): \(fault)" : "\(place): \(fault); \(fix)" }

  /// The fault of a failed system call, in the kernel's words.
  package init(_ place: String, call: String, errno code: Int32, fix: String = "") {
    self.init(place, "\(call): \(Self.text(errno: code))", fix: fix)
    self.code = code
  }

  /// A stream that makes no sense any more.
  package static func corrupt(_ place: String, _ what: String) -> MigrationError {
    var error = MigrationError(place, "the stream is corrupt: \(what)")
    error.code = EBADMSG
    return error
  }

  package static func text(errno code: Int32) -> String { String(cString: strerror(code)) }
}
