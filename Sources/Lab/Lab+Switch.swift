import Glibc

/// The switch of a lab: a `millrace run` process in the switch's namespace.
extension Lab {
  /// How long a switch may take until it forwards: a device that was just released is busy for some seconds.
  private static let patience = Duration.seconds(20)

  /// Writes the configuration and starts the switch; returns when it forwards. Throws with the end of its log, and then
  /// nothing runs.
  /// - Parameter configuration: YAML in place of the specification's.
  public func startSwitch(configuration: String? = nil) async throws(LabError) {
    guard spec.fabric == .millrace else {
      throw LabError("lab '\(spec.name)': its fabric is \(spec.fabric.rawValue), not Millrace")
    }
    if recordedSwitch?.isRunning == true {
      throw LabError("lab '\(spec.name)': its switch runs already; stop it first")
    }
    try File.write(configuration ?? spec.configuration, to: spec.configPath)
    unlink(spec.logPath)
    let switching = try spawn(
      in: 0,
      [
        try Self.executable(), "run", spec.configPath, "--socket", spec.socketPath, "--state",
        "\(spec.directory)/state",
      ],
      log: spec.logPath)
    try File.write("\(switching.pid) \(switching.process.started)\n", to: spec.pidPath)
    do { try await switching.prints("ready", within: Self.patience) } catch {
      await Task.detached { await switching.stop() }.value
      let said = log.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " | ")
      throw LabError("the switch of lab '\(spec.name)' does not forward: \(said.isEmpty ? "\(error)" : said)")
    }
  }

  /// Starts a further switch, in a host; returns when it forwards. Its files are in the lab's directory, by its name;
  /// it ends with the lab.
  public func spawnSwitch(_ name: String, in host: Int, configuration: String) async throws(LabError) -> HostProcess {
    let base = "\(spec.directory)/\(name)"
    try File.write(configuration, to: "\(base).yaml")
    let switching = try spawn(
      in: host,
      [
        try Self.executable(), "run", "\(base).yaml", "--socket", socket(ofSwitch: name), "--state", "\(base).state",
      ], log: log(ofSwitch: name))
    do { try await switching.prints("ready", within: Self.patience) } catch {
      await Task.detached { await switching.stop() }.value
      throw error
    }
    return switching
  }

  /// The control socket of a further switch.
  public func socket(ofSwitch name: String) -> String { "\(spec.directory)/\(name).sock" }

  /// What a further switch logs.
  public func log(ofSwitch name: String) -> String { "\(spec.directory)/\(name).log" }

  /// Stops the switch cleanly; hosts and links stay.
  public func stopSwitch() async { await recordedSwitch?.stop() }

  /// Ends the switch as a crash would (SIGKILL).
  public func killSwitch() async {
    recordedSwitch?.signal(SIGKILL)
    _ = await recordedSwitch?.ends(within: .seconds(5))
  }

  /// What the switch printed since it was started.
  public var log: String { File.text(of: spec.logPath) ?? "" }

  /// The switch's process, if one was started; it may have ended since.
  public var recordedSwitch: Background? {
    let numbers = (File.text(of: spec.pidPath) ?? "").split { $0 == " " || $0.isNewline }
    guard numbers.count == 2, let pid = pid_t(numbers[0]), let started = UInt64(numbers[1]) else { return nil }
    return Background(pid: pid, started: started)
  }

  /// What `millrace show SUBJECT --json` prints.
  public func show(_ subject: String) async throws(LabError) -> String {
    try await Program.run([try Self.executable(), "show", subject, "--json", "--socket", spec.socketPath])
  }

  /// The millrace program: the one MILLRACE_BINARY names, this one, or the one built beside the tests.
  public static func executable() throws(LabError) -> String {
    if let named = getenv("MILLRACE_BINARY") { return String(cString: named) }
    return try BuiltProgram.path("millrace")
  }
}
