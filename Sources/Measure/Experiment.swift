import Foundation
import Units

/// A question that is answered by running scenarios and measuring.
public protocol Experiment: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// One line for `experiment list`.
  var summary: String { get }

  /// Runs all its cases. Undoes what it set up, also when it throws or is cancelled.
  func measure(_ options: ExperimentOptions) async throws -> any ReportText
}

extension Experiment {
  /// Runs all its cases and puts what came out into a report.
  public func run(_ options: ExperimentOptions) async throws -> Report {
    let begin = Monotonic.now()
    let started = Date.now.formatted(.iso8601)
    let text = try await measure(options)
    return Report(
      text, experiment: name, options, started: started, seconds: (Monotonic.now() - begin).seconds)
  }
}

/// An experiment that cannot go on. The text says where, what is wrong and what to do.
public struct ExperimentError: Error, Hashable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// Something the experiment needs is not installed or not supported (EX_UNAVAILABLE).
    case unavailable
    /// It was asked for what there is not (EX_USAGE).
    case usage
    /// The experiment itself failed (EX_SOFTWARE).
    case failed
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
