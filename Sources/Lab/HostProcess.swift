import Glibc
import Synchronization

/// A command that runs in a host of a lab beside its starter, in a session of its own.
///
/// It goes on when this object goes; `Lab.down` ends it at the latest.
public final class HostProcess: Sendable {
  public let command: [String]
  public let process: Background
  private let outputFile: Int32
  private let errorFile: Int32
  private let status = Mutex<Int32?>(nil)

  /// - Parameter log: a file to which both outputs are added; nil: they are kept apart, for `output` and `errorOutput`.
  public init(_ command: [String], log: String? = nil) throws(LabError) {
    self.command = command
    if let log {
      outputFile = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard outputFile >= 0 else { throw LabError("\(log): \(String(cString: strerror(errno)))") }
      errorFile = dup(outputFile)
    } else {
      outputFile = try File.unnamed()
      errorFile = try File.unnamed()
    }
    process = try Background.start(command, output: outputFile, error: errorFile)
  }

  deinit {
    close(outputFile)
    close(errorFile)
  }

  public var pid: pid_t { process.pid }

  /// What it printed until now; with a log, all that is in the log.
  public var output: String { File.text(of: outputFile) }

  /// What it complained until now; with a log, all that is in the log.
  public var errorOutput: String { File.text(of: errorFile) }

  /// Its exit code in the manner of shells, 128 and more after a signal; nil while it runs.
  public var exitCode: Int32? {
    status.withLock { status in
      if status == nil { status = process.takeExitCode() }
      return status
    }
  }

  public var isRunning: Bool { exitCode == nil && process.isRunning }

  /// Sends a signal, if it still runs.
  public func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

  /// Waits for its end; false when it still runs after `time`.
  public func ends(within time: Duration) async -> Bool {
    let ended = await process.ends(within: time)
    _ = exitCode
    return ended
  }

  /// Asks it to end (SIGTERM), and makes it end (SIGKILL) when it has not after `patience`.
  public func stop(patience: Duration = .seconds(10)) async {
    await process.stop(patience: patience)
    _ = exitCode
  }

  /// Waits for its end and returns its exit code. Throws when it still runs after `time`; it is then left running.
  @discardableResult
  public func wait(within time: Duration = .seconds(60)) async throws(LabError) -> Int32 {
    guard await ends(within: time) else {
      throw LabError("\(command.joined(separator: " ")): still runs after \(time)")
    }
    // A status that somebody else took is lost: the kernel gives it once.
    return exitCode ?? 255
  }

  /// Waits until it has printed a line, on either output. Throws when it ended before, or has not after `time`.
  public func prints(_ line: String, within time: Duration = .seconds(10)) async throws(LabError) {
    let end = ContinuousClock.now + time
    while true {
      let runs = isRunning
      for text in [output, errorOutput] where text.split(whereSeparator: \.isNewline).contains(line[...]) { return }
      guard runs, ContinuousClock.now < end else {
        let said = errorOutput.split(whereSeparator: \.isNewline).last ?? "it said nothing"
        throw LabError(
          "\(command.joined(separator: " ")): \(runs ? "does not print" : "ended before it printed") '\(line)': \(said)"
        )
      }
      do { try await Task.sleep(for: .milliseconds(5)) } catch { throw LabError("cancelled") }
    }
  }
}
