import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// A program that runs beside a piece of work, and has ended before the call that started it returns.
enum Child {
  /// Starts a program, waits for its line `ready`, runs `body`, and then ends the program (SIGTERM, and SIGKILL after
  /// ten seconds). Throws with its last line when it ends before it is ready, and when it takes too long.
  static func with<R: Sendable>(_ command: [String], _ body: () async throws -> R) async throws -> R {
    do {
      let result = try await Subprocess.run(
        executable(command), arguments: Arguments(Array(command.dropFirst())), input: .none, output: .sequence,
        error: .sequence
      ) { execution in
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let (output, error) = (execution.standardOutput, execution.standardError)
        let reading = Task {
          await withTaskGroup { group in
            group.addTask { await forward(output, to: continuation) }
            group.addTask { await forward(error, to: continuation) }
          }
          continuation.finish()
        }
        do {
          try await readyInTime(lines, command)
          let value = try await body()
          await execution.teardown(using: teardown)
          await reading.value
          return value
        } catch {
          await execution.teardown(using: teardown)
          await reading.value
          throw error
        }
      }
      return result.takeClosureResult()
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ExperimentError(.unavailable, "\(command[0]): not found; install it")
    }
  }

  /// How long a program may take until it is ready: a device that was just released is busy for some seconds.
  private static let patience = Duration.seconds(30)

  private static let teardown = [TeardownStep.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]

  private static func executable(_ command: [String]) -> Executable {
    command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0])
  }

  private static func forward(
    _ output: SubprocessOutputSequence, to lines: AsyncStream<String>.Continuation
  ) async {
    // A pipe that breaks ends as one that is closed: the program is gone.
    do { for try await line in output.strings() { lines.yield(line) } } catch {}
  }

  private static func readyInTime(_ lines: AsyncStream<String>, _ command: [String]) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await ready(lines, command) }
      group.addTask {
        try await Task.sleep(for: patience)
        throw ExperimentError(.failed, "\(command.joined(separator: " ")): is not ready within \(patience)")
      }
      _ = try await group.next()
      group.cancelAll()
    }
  }

  private static func ready(_ lines: AsyncStream<String>, _ command: [String]) async throws {
    var last = "it ended without a word"
    for await line in lines {
      let text = line.split(whereSeparator: \.isNewline).joined(separator: " ")
      if text == "ready" { return }
      if !text.isEmpty { last = text }
    }
    try Task.checkCancellation()
    throw ExperimentError(.failed, "\(command.joined(separator: " ")): \(last)")
  }
}
