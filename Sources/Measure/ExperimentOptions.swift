import Units

/// One arrangement of an experiment.
package protocol ExperimentCase: Sendable {
  /// Unique in its experiment: letters, digits and dashes.
  var name: String { get }
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

  /// The cases that were asked for: those of the names given, else the quick or the full ones.
  package func chosen<Case: ExperimentCase>(
    of experiment: String, full: [Case], quick: [Case]
  ) throws(ExperimentError) -> [Case] {
    guard let names = cases else { return self.quick ? quick : full }
    let known = full.map(\.name)
    if let unknown = names.subtracting(known).sorted().first {
      throw ExperimentError(.usage, "\(experiment): no case '\(unknown)'; there are \(known.joined(separator: ", "))")
    }
    return full.filter { names.contains($0.name) }
  }

  /// How often each case is measured, when an experiment holds `usual` times right.
  package func turns(usual: Int) -> Int { repeats ?? (quick ? 1 : usual) }

  /// Measures every case once, then every case again: a slow spell of the machine hits one repeat of many cases.
  /// - Parameter measure: measures a case in a turn, counted from 1, and says what to tell of it.
  package func measure<Case: ExperimentCase, R>(
    _ cases: [Case], turns: Int, _ measure: (Case, _ turn: Int) async throws -> (result: R, told: String)
  ) async throws -> [(case: Case, results: [R])] {
    var measured = cases.map { (case: $0, results: [R]()) }
    for turn in 1...turns {
      for (place, one) in cases.enumerated() {
        let (result, told) = try await measure(one, turn)
        measured[place].results.append(result)
        progress("\(one.name)\(turns > 1 ? " (\(turn) of \(turns))" : ""): \(told)")
      }
    }
    return measured
  }
}
