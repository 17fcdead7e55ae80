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
    do {
      let result = try await Subprocess.run(
        executable(command), arguments: Arguments(Array(command.dropFirst())), input: .string(input),
        output: .string(limit: limit), error: .string(limit: limit))
      let code: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
      return Result(exitCode: code, output: result.standardOutput, errorOutput: result.standardError)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw LabError("\(command[0]): not found; install it")
    } catch {
      throw LabError("\(command[0]): \(error)")
    }
  }

  /// Runs a program that must succeed; returns what it printed. Throws with its complaint, in one line.
  @discardableResult
  public static func run(_ command: [String], input: String = "") async throws(LabError) -> String {
    let result = try await result(command, input: input)
    guard result.exitCode == 0 else {
      let said = result.errorOutput.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
      throw LabError("\(command.joined(separator: " ")): \(said.isEmpty ? "exit code \(result.exitCode)" : said)")
    }
    return result.output
  }

  private static let limit = 64 << 20

  private static func executable(_ command: [String]) -> Executable {
    command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0])
  }
}
