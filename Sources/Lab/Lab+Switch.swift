import Glibc

/// The switch of a lab: a `millrace run` process in the switch's namespace.
extension Lab {
  /// How long a switch may take until it forwards: a device that was just released is busy for some seconds.
  private static let patience = Duration.seconds(20)

  /// Writes the configuration and starts the switch; returns when it forwards. Throws with the end of its log.
  public func startSwitch() async throws(LabError) {
    try File.write(spec.configuration, to: spec.configPath)
    unlink(spec.logPath)
    let process = try Background.start(
      command(
        in: 0,
        [
          try Self.executable(), "run", spec.configPath, "--socket", spec.socketPath, "--state", "\(spec.directory)",
        ]), log: spec.logPath)
    try File.write("\(process.pid) \(process.started)\n", to: spec.pidPath)
    let end = ContinuousClock.now + Self.patience
    while !log.split(whereSeparator: \.isNewline).contains("ready") {
      guard process.isRunning, ContinuousClock.now < end else {
        await process.stop()
        let said = log.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " | ")
        throw LabError("the switch of lab '\(spec.name)' does not forward: \(said)")
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Stops the switch cleanly.
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

  /// The millrace program: this one, the one MILLRACE_BINARY names, or the one built beside the tests.
  public static func executable() throws(LabError) -> String {
    if let named = getenv("MILLRACE_BINARY") { return String(cString: named) }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if own.hasSuffix("/millrace") { return own }
    for path in [own] + CommandLine.arguments {
      let candidate = path.split(separator: "/").dropLast().joined(separator: "/")
      let program = "/\(candidate)/millrace"
      if access(program, X_OK) == 0 { return program }
    }
    throw LabError("the millrace program is not beside \(own); build it with Scripts/build or name it in MILLRACE_BINARY")
  }
}
