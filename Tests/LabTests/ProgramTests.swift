import Lab
import Testing

@Suite struct ProgramTests {
  @Test func resultHasBothOutputsAndTheExitCode() async throws {
    let result = try await Program.result(["sh", "-c", "cat; echo said; echo complained >&2; exit 7"], input: "read ")
    #expect(result.output == "read said\n")
    #expect(result.errorOutput == "complained\n")
    #expect(result.exitCode == 7)
  }

  @Test func aSignalCountsAsInShells() async throws {
    #expect(try await Program.result(["sh", "-c", "kill -9 $$"]).exitCode == 137)
  }

  @Test func argumentsArePassedAsTheyAre() async throws {
    #expect(try await Program.run(["printf", "%s|", "a b", "$HOME", "*", ""]) == "a b|$HOME|*||")
  }

  @Test func failureIsOneLineWithTheComplaint() async throws {
    let error = await #expect(throws: LabError.self) {
      try await Program.run(["sh", "-c", "echo one >&2; echo two >&2; exit 3"])
    }
    #expect(error?.description.hasSuffix(": one; two") == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test func aMissingProgramIsNamed() async throws {
    let error = await #expect(throws: LabError.self) { try await Program.run(["no-such-program-of-millrace"]) }
    #expect(error?.description == "no-such-program-of-millrace: not found; install it")
  }
}
