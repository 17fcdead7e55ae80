import Glibc

/// A port's device could not be used: which, what failed, why and what to do.
public struct PortError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ device: String, _ what: String, code: Int32, fix: String) {
    description = "\(device): \(what): \(String(cString: strerror(code))); \(fix)"
  }
}
