import Glibc
import Subprocess

#if canImport(System)
  import System
#else
  import SystemPackage
#endif

/// Programs a lab runs to their end: iproute2, and whatever a test runs inside a host. No shell is involved.
public enum Program {
  /// How a program ended and what it printed.
  public struct Result: Sendable {
    /// The exit code; 128 and more after a signal, as shells have it.
    public let exitCode: Int32
    public let output: String
    public let errorOutput: String
  }

  /// Runs a program to its end, whatever that is. Throws when there is no such program.
  /// - Parameter input: what it reads on standard input.
  public static func result(_ command: [String], input: String = "") async throws(LabError) -> Result {
    let (code, output, errorOutput) = try await ended(command, input: input, .string(limit: limit))
    return Result(exitCode: code, output: output, errorOutput: errorOutput)
  }

  /// Runs a program that must succeed; returns what it printed. Throws with its complaint, in one line.
  @discardableResult
  public static func run(_ command: [String], input: String = "") async throws(LabError) -> String {
    try await succeeded(command, ended(command, input: input, .string(limit: limit)))
  }

  /// The same with what is no text.
  static func bytes(_ command: [String]) async throws(LabError) -> [UInt8] {
    try await succeeded(command, ended(command, input: "", .bytes(limit: limit)))
  }

  private typealias Ended<Output> = (exitCode: Int32, output: Output, errorOutput: String)

  private static func succeeded<Output>(_ command: [String], _ ended: Ended<Output>) throws(LabError) -> Output {
    guard ended.exitCode == 0 else {
      let said = ended.errorOutput.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
      throw LabError("\(command.joined(separator: " ")): \(said.isEmpty ? "exit code \(ended.exitCode)" : said)")
    }
    return ended.output
  }

  private static func ended<Output: OutputProtocol>(
    _ command: [String], input: String, _ output: Output
  ) async throws(LabError) -> Ended<Output.OutputType> {
    do {
      let result = try await Subprocess.run(
        executable(command), arguments: Arguments(Array(command.dropFirst())), input: .string(input), output: output,
        error: .string(limit: limit))
      let code: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
      return (code, result.standardOutput, result.standardError)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw LabError("\(command[0]): not found; install it")
    } catch {
      throw LabError("\(command[0]): \(error)")
    }
  }

  private static let limit = 64 << 20

  private static func executable(_ command: [String]) -> Executable {
    command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0])
  }
}
