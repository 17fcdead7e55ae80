import Units

/// A question that is answered by running scenarios and measuring.
public protocol Experiment: Sendable {
  /// The name on the command line.
  var name: String { get }
  /// One line for `experiment list`.
  var summary: String { get }

  /// Runs all its cases. Undoes what it set up, also when it throws or is cancelled.
  func run(_ options: ExperimentOptions) async throws -> Report
}

/// How an experiment is run, the same for all experiments.
public struct ExperimentOptions: Sendable {
  /// Fewer cases and repeats: the headline within three minutes.
  public var quick: Bool
  /// How often each case is measured; nil for what the experiment holds right.
  public var repeats: Int?
  /// Run only the cases of these names; nil for all.
  public var cases: Set<String>?
  /// The link's rate, and the share of a CPU each emulated core has; nil for what the experiment holds right.
  public var link: BitRate?
  public var emulatedShare: Share?
  /// MTU of the hosts' links; nil for what the experiment holds right.
  public var mtu: Int?
  public var machine: Machine
  /// Is told of progress, a line at a time.
  public var progress: @Sendable (String) -> Void

  public init(
    quick: Bool, repeats: Int?, cases: Set<String>?, link: BitRate?, emulatedShare: Share?, mtu: Int?, machine: Machine,
    progress: @escaping @Sendable (String) -> Void
  ) {
    self.quick = quick
    self.repeats = repeats
    self.cases = cases
    self.link = link
    self.emulatedShare = emulatedShare
    self.mtu = mtu
    self.machine = machine
    self.progress = progress
  }
}

/// An experiment that cannot go on. The text says where, what is wrong and what to do.
public struct ExperimentError: Error, Hashable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// Something the experiment needs is not installed or not supported (EX_UNAVAILABLE).
    case unavailable
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
