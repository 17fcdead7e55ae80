/// A configuration that is refused: where, what is wrong, and what to write or do instead.
public struct ConfigError: Error, Sendable, Equatable, CustomStringConvertible {
  public var file: String
  /// From 1; nil when the fault is the file itself.
  public var line: Int?
  public var fault: String
  public var fix: String
  /// 65 for what the file and this host's CPUs tell, 69 for a device or kernel, 77 for privilege.
  public var exitCode: ControlError.ExitCode

  public init(
    file: String, line: Int?, fault: String, fix: String, exitCode: ControlError.ExitCode = .configuration
  ) {
    self.file = file
    self.line = line
    self.fault = fault
    self.fix = fix
    self.exitCode = exitCode
  }

  /// `FILE:LINE: fault; fix`, in one line. Control characters, which a wrong value may bring, are shown as `?`.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    let text = fix.isEmpty ? fault : "\(fault); \(fix)"
    let scalars = "\(place): \(text)".unicodeScalars.map { scalar -> Unicode.Scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: "?"
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// Everything that is wrong with one configuration, in the order of its lines. Never empty.
public struct ConfigErrors: Error, Sendable, Equatable, CustomStringConvertible {
  public let errors: [ConfigError]

  public init(_ errors: [ConfigError]) {
    precondition(!errors.isEmpty, "no error to report")
    // Stable: faults of one line stay in the order they were found.
    self.errors = errors.enumerated()
      .sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
      .map(\.element)
  }

  /// Missing privilege hides other faults of the host, and a wrong file hides both: 65 before 77 before 69.
  public var exitCode: ControlError.ExitCode {
    let codes = errors.map(\.exitCode)
    if codes.contains(.configuration) { return .configuration }
    return codes.contains(.noPermission) ? .noPermission : codes[0]
  }

  /// One line an error.
  public var description: String { errors.map(\.description).joined(separator: "\n") }
}

extension ConfigErrors {
  /// The same refusal, as the control API answers it.
  public var controlError: ControlError {
    switch exitCode {
    case .noPermission: .noPermission(description)
    case .unavailable: .unavailable(description)
    default: .configuration(description)
    }
  }
}
