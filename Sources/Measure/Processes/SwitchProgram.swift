import Foundation
import Lab

/// The switch that is measured: the millrace program, and how the counters of a running switch are read.
public struct SwitchProgram: Sendable {
  let executable: String
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  /// - Parameters:
  ///   - executable: the path of the millrace program, for switches and migrations.
  ///   - probe: reads the counters of the switch at a control socket.
  public init(executable: String, probe: @escaping @Sendable (_ socket: String) -> any SwitchProbe) {
    self.executable = executable
    self.probe = probe
  }

  /// Runs a switch between a lab's hosts, in place of the lab's own, while `body` works.
  /// - Parameter configuration: YAML.
  func running<R: Sendable>(
    _ configuration: String, in lab: Lab, _ body: (any SwitchProbe) async throws -> R
  ) async throws -> R {
    let spec = lab.spec
    try configuration.write(toFile: spec.configPath, atomically: true, encoding: .utf8)
    let command = lab.command(
      in: 0,
      Precedence.command() + [
        executable, "run", spec.configPath, "--socket", spec.socketPath, "--state", "\(spec.directory)/state",
      ])
    return try await Child.with(command) { try await body(probe(spec.socketPath)) }
  }
}
