import Foundation
import Units

/// `spread`: how steering decides what part of a link simultaneous migrations get.
public struct SpreadExperiment: Experiment {
  public let name = "spread"
  public let summary = "migrations through one queue and spread by RSS and vRSS: what part of the link each fills"

  let executable: String
  let probe: @Sendable (_ socket: String) -> any SwitchProbe

  /// - Parameters:
  ///   - executable: the path of the millrace program, for the switch and the migrations.
  ///   - probe: reads the counters of the switch at a control socket.
  public init(executable: String, probe: @escaping @Sendable (_ socket: String) -> any SwitchProbe) {
    self.executable = executable
    self.probe = probe
  }

  public func run(_ options: ExperimentOptions) async throws -> Report {
    let begin = Monotonic.now()
    let started = Date.now.formatted(.iso8601)
    let settings = SpreadSettings(
      share: options.emulatedShare ?? SpreadSettings.usualShare, cpus: options.machine.cores,
      mtu: options.mtu ?? SpreadSettings.usualMTU, seconds: options.quick ? 2 : 4)
    let directory = try Self.makeDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let (runs, link) = try await SpreadHosts.with(mtu: settings.mtu, process: ProcessInfo.processInfo.processIdentifier)
    { hosts in
      let bench = SpreadBench(
        hosts: hosts, executable: executable, settings: settings, directory: directory, probe: probe)
      return try await SpreadSchedule(bench: bench, options: options).run()
    }
    return SpreadReport(
      settings: settings, runs: runs, link: link, isLinkGiven: options.link != nil, isQuick: options.quick
    ).report(
      machine: options.machine, started: started, seconds: (Monotonic.now() - begin).seconds)
  }

  /// For configurations, the control socket and the switch's state; a socket's path is short.
  private static func makeDirectory() throws -> URL {
    let directory = URL(filePath: "/tmp/millrace-spread-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return directory
  }
}
