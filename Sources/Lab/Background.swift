import CLinux
import Glibc

/// A process in a session of its own, known by its number: it may outlive its starter and be found again.
public struct Background: Sendable, Hashable {
  public let pid: pid_t
  /// When the process began, in the kernel's ticks since boot: tells it from a later process of the same number.
  public let started: UInt64

  public init(pid: pid_t, started: UInt64) {
    self.pid = pid
    self.started = started
  }

  /// A process that runs now; nil when there is none of this number.
  public init?(pid: pid_t) {
    guard let started = Self.startTime(of: pid) else { return nil }
    self.init(pid: pid, started: started)
  }

  /// Starts a program; see `ml_spawn_session`.
  /// - Parameters:
  ///   - output: where standard output goes: an open file.
  ///   - error: where standard error goes.
  static func start(_ command: [String], output: Int32, error: Int32) throws(LabError) -> Background {
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let pid = ml_spawn_session(&arguments, output, error)
    guard pid > 0 else { throw LabError("\(command[0]): \(String(cString: strerror(-pid)))") }
    return Background(pid: pid, started: startTime(of: pid) ?? 0)
  }

  /// Whether it still runs. A process that has ended and that its parent has not asked after does not.
  public var isRunning: Bool { Self.startTime(of: pid) == started }

  /// Sends a signal, if it still runs.
  public func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

  /// Asks it to end (SIGTERM), and makes it end (SIGKILL) when it has not after `patience`.
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
      // A cancelled task does not sleep: let others run all the same.
      if (try? await Task.sleep(for: .milliseconds(5))) == nil { await Task.yield() }
    }
    return true
  }

  /// Takes the exit status of a child that has ended, in the manner of shells: 128 and more after a signal.
  /// Nil while it runs, when it is not our child, and when its status was taken before.
  func takeExitCode() -> Int32? {
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  }

  /// Field 22 of /proc/PID/stat (proc(5)); nil when there is no such process, or only its zombie. A zombie with other
  /// threads left still holds its files.
  static func startTime(of pid: pid_t) -> UInt64? {
    guard let text = File.text(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    // From field 3 on: state, and further back the number of threads (20).
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    let isDead = fields[0] == "X" || (fields[0] == "Z" && fields[17] == "1")
    return isDead ? nil : UInt64(fields[19])
  }
}
