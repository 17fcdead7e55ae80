import Lab

/// iperf3(1), which sends in bulk.
enum IPerf3 {
  /// Throws when it is not installed.
  static func require() async throws {
    guard (try? await Program.run(["iperf3", "--version"])) != nil else {
      throw ExperimentError(.unavailable, "iperf3: not found; install it: apt install iperf3")
    }
  }
}

extension HostProcess {
  /// Waits for its end in good order; throws with its last line when it fails, or runs on past `patience`.
  func succeeds(within patience: Duration) async throws {
    guard await ends(within: patience) else {
      throw ExperimentError(.failed, "\(command.joined(separator: " ")): still runs after \(patience)")
    }
    guard exitCode == 0 else {
      throw ExperimentError(.failed, "\(command.joined(separator: " ")): \(lastLine)")
    }
  }

  /// What it said last.
  var lastLine: String {
    (errorOutput + output).split(whereSeparator: \.isNewline).last.map(String.init) ?? "it said nothing"
  }
}
