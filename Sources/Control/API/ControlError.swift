/// A request that a switch, or the way to it, refused. The message is one line: place, fault, fix.
public struct ControlError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exit codes of the command line (sysexits.h).
  public enum ExitCode: Int32, Sendable, CaseIterable {
    /// Wrong use of the command line.
    case usage = 64
    /// Wrong configuration, as can be told from the text and this host's CPUs.
    case configuration = 65
    /// A device or switch that is missing or busy, or a kernel without what is needed.
    case unavailable = 69
    case `internal` = 70
    case noPermission = 77
  }

  /// The HTTP status of the answer.
  public var status: Int
  /// What the command line exits with.
  public var exitCode: ExitCode
  public var message: String

  public init(status: Int, exitCode: ExitCode, message: String) {
    self.status = status
    self.exitCode = exitCode
    self.message = message
  }

  public var description: String { message }
}

extension ControlError {
  public static func usage(_ message: String) -> ControlError {
    ControlError(status: 400, exitCode: .usage, message: message)
  }

  public static func configuration(_ message: String) -> ControlError {
    ControlError(status: 422, exitCode: .configuration, message: message)
  }

  public static func unavailable(_ message: String) -> ControlError {
    ControlError(status: 503, exitCode: .unavailable, message: message)
  }

  public static func `internal`(_ message: String) -> ControlError {
    ControlError(status: 500, exitCode: .internal, message: message)
  }

  public static func noPermission(_ message: String) -> ControlError {
    ControlError(status: 403, exitCode: .noPermission, message: message)
  }

  public static func noSuchPort(_ name: String) -> ControlError {
    ControlError(
      status: 404, exitCode: .unavailable, message: "port \(name): there is none of this name; see millrace show ports")
  }
}
