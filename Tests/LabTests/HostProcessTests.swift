import Glibc
import Lab
import Testing

@Suite struct HostProcessTests {
  @Test func outputsAreKeptApart() async throws {
    let process = try HostProcess(["sh", "-c", "echo said; echo complained >&2; exit 5"])
    #expect(try await process.wait() == 5)
    #expect(process.output == "said\n")
    #expect(process.errorOutput == "complained\n")
    #expect(!process.isRunning)
    // The kernel tells a status once; the process remembers it.
    #expect(process.exitCode == 5)
  }

  @Test func aLogHasBothOutputsBehindWhatWasThere() async throws {
    let path = "/tmp/millrace-log-\(getpid())"
    defer { unlink(path) }
    for word in ["first", "second"] {
      let process = try HostProcess(["sh", "-c", "echo \(word); echo \(word)! >&2"], log: path)
      try await process.wait()
    }
    #expect(try await Program.run(["cat", path]) == "first\nfirst!\nsecond\nsecond!\n")
  }

  @Test func stoppingAsksFirst() async throws {
    let process = try HostProcess(["sh", "-c", "trap 'echo asked; exit 9' TERM; echo up; while :; do sleep 0.01; done"])
    defer { process.signal(SIGKILL) }
    try await process.prints("up")
    await process.stop()
    #expect(process.output == "up\nasked\n")
    #expect(process.exitCode == 9)
  }

  @Test func whatDoesNotListenIsKilled() async throws {
    let process = try HostProcess(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done"])
    defer { process.signal(SIGKILL) }
    try await process.prints("up")
    await process.stop(patience: .milliseconds(100))
    #expect(process.exitCode == 128 + SIGKILL)
  }

  @Test func waitingHasAnEnd() async throws {
    let process = try HostProcess(["sleep", "60"])
    await #expect(throws: LabError.self) { try await process.wait(within: .milliseconds(50)) }
    #expect(process.isRunning)
    await process.stop()
    #expect(process.exitCode == 128 + SIGTERM)
  }

  @Test func aLineIsAwaitedOnEitherOutput() async throws {
    let process = try HostProcess(["sh", "-c", "echo not ready; sleep 0.1; echo ready >&2; sleep 60"])
    try await process.prints("ready")
    await process.stop()
  }

  @Test func aLineThatNeverComesIsAnErrorWithTheLastWords() async throws {
    let process = try HostProcess(["sh", "-c", "echo already >&2; echo out of order >&2; exit 1"])
    let error = await #expect(throws: LabError.self) { try await process.prints("ready") }
    #expect(error?.description.contains("ended before it printed 'ready': out of order") == true)
  }

  @Test func aProgramThatIsNotThereIsAnError() throws {
    #expect(throws: LabError.self) { try HostProcess(["no-such-program-of-millrace"]) }
  }

  @Test func nothingIsInherited() async throws {
    // A descriptor without close-on-exec, as careless code leaves them.
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let process = try HostProcess(["sh", "-c", "ls /proc/self/fd; ps -o sid= -p $$; echo $$"])
    try await process.wait()
    let lines = process.output.split(whereSeparator: \.isNewline).map { $0.filter { $0 != " " } }
    // 3 is the directory that ls reads.
    #expect(lines.dropLast(2) == ["0", "1", "2", "3"])
    #expect(lines.suffix(2).first == lines.last, "it leads a session of its own")
  }

  @Test func aNumberInUseAgainIsAnotherProcess() async throws {
    let process = try HostProcess(["sleep", "60"])
    let impostor = Background(pid: process.pid, started: process.process.started + 1)
    #expect(!impostor.isRunning)
    impostor.signal(SIGKILL)
    await impostor.stop()
    #expect(process.isRunning)
    await process.stop()
    #expect(Background(pid: process.pid) == nil)
  }
}
