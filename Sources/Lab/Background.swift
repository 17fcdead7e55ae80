import Glibc

/// A program that goes on beside its starter, in a session of its own, its output in a file: it also outlives the
/// starter, and is found again by its number.
public struct Background: Sendable, Hashable {
  public let pid: pid_t
  /// When the process began, in the kernel's ticks: tells it from a later process of the same number.
  public let started: UInt64

  /// Starts a program; output and complaints go to the end of `log`. Throws when it cannot be started.
  public static func start(_ command: [String], log: String) throws(LabError) -> Background {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, setSession)
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, environ)
    guard result == 0 else { throw LabError("\(command[0]): \(String(cString: strerror(result)))") }
    return Background(pid: pid, started: startTime(of: pid) ?? 0)
  }

  public init(pid: pid_t, started: UInt64) {
    self.pid = pid
    self.started = started
  }

  /// POSIX_SPAWN_SETSID, which glibc shows only with _GNU_SOURCE.
  private static let setSession: Int16 = 0x80

  /// Whether it still runs.
  public var isRunning: Bool {
    // Reaps it when it is our own child.
    var status: Int32 = 0
    if waitpid(pid, &status, WNOHANG) == pid { return false }
    return Self.startTime(of: pid) == started
  }

  /// Sends a signal, if it still runs.
  public func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

  /// Asks it to end, and makes it end when it has not after `patience`.
  public func stop(patience: Duration = .seconds(10)) async {
    signal(SIGTERM)
    if await ends(within: patience) { return }
    signal(SIGKILL)
    _ = await ends(within: .seconds(5))
  }

  /// Waits for its end; false when it still runs after `time`.
  public func ends(within time: Duration) async -> Bool {
    let end = ContinuousClock.now + time
    while isRunning {
      if ContinuousClock.now > end { return false }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return true
  }

  /// Field 22 of /proc/PID/stat (proc(5)); nil when there is no such process, or only its zombie.
  static func startTime(of pid: pid_t) -> UInt64? {
    guard let text = File.text(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z" else { return nil }
    return UInt64(fields[19])
  }
}
