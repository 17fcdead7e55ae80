import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Programs that an experiment runs: each ends before the call that started it returns, however that ends.
enum Child {
  /// Runs a program to its end and returns what it printed. Throws with its last line of complaint when it fails.
  /// - Parameter accepted: exit codes that are no failure.
  @discardableResult
  static func run(_ command: [String], accepted: Set<Int32> = [0]) async throws -> String {
    let result = try await launch(command) {
      try await Subprocess.run(
        executable(command), arguments: Arguments(Array(command.dropFirst())), output: .string(limit: outputLimit),
        error: .string(limit: outputLimit))
    }
    guard case .exited(let code) = result.terminationStatus, accepted.contains(code) else {
      throw failure(command, result.standardError)
    }
    return result.standardOutput
  }

  /// Runs a program beside `body`: starts it, waits for its line `ready`, runs `body`, and then ends it (SIGTERM, and
  /// SIGKILL after ten seconds) or, with `endsByItself`, waits for its end.
  static func with<R: Sendable>(
    _ command: [String], endsByItself: Bool = false, _ body: () async throws -> R
  ) async throws -> R {
    let result = try await launch(command) {
      try await Subprocess.run(
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
          try await ready(lines, command)
          let value = try await body()
          if !endsByItself { await execution.teardown(using: teardown) }
          await reading.value
          return value
        } catch {
          await execution.teardown(using: teardown)
          await reading.value
          throw error
        }
      }
    }
    return result.takeClosureResult()
  }

  private static let outputLimit = 64 << 20
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

  /// Returns at the line `ready`; throws with the last line before the end.
  private static func ready(_ lines: AsyncStream<String>, _ command: [String]) async throws {
    var last = ""
    for await line in lines {
      let text = line.trimmingSuffix { $0.isNewline }
      if text == "ready" { return }
      if !text.isEmpty { last = String(text) }
    }
    try Task.checkCancellation()
    throw failure(command, last)
  }

  private static func launch<R>(_ command: [String], _ body: () async throws -> R) async throws -> R {
    do { return try await body() } catch let error as SubprocessError where error.code == .executableNotFound {
      throw ExperimentError(.unavailable, "\(command[0]): not found; install it")
    }
  }

  private static func failure(_ command: [String], _ complaint: String) -> ExperimentError {
    let last = complaint.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it failed without a word"
    return ExperimentError(.failed, "\(command.joined(separator: " ")): \(last)")
  }
}

extension String {
  fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> Substring {
    var text = self[...]
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
