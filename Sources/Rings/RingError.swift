import Glibc

/// A kernel object of the frame's road could not be made: what, why (errno) and what to do.
public struct RingError: Error, CustomStringConvertible, Sendable {
  public let description: String
  /// The errno of the failed call.
  public let code: Int32

  init(_ what: String, _ code: Int32, _ fix: String) {
    self.code = code
    description = "\(what): \(String(cString: strerror(code))); \(fix)"
  }
}
