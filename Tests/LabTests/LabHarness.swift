import Glibc
import Lab
import Testing

/// Tests of this target that make hosts, one after another.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: network namespaces"))
struct HostTests {}

/// Brings a lab up, runs the test, and takes the lab down, whatever happens; then nothing of it may be left.
func withLab(_ spec: LabSpec, _ body: (Lab) async throws -> Void) async throws {
  // What an interrupted run left would be in the way.
  await Lab(spec).down()
  do {
    try await body(try await Lab.up(spec))
  } catch {
    Issue.record("\(error); the switch said: \(Lab(spec).log.suffix(1000))")
  }
  await Lab(spec).down()
  try await expectNothingLeft(of: spec.name)
}

/// Looks with other means than the lab's own.
func expectNothingLeft(of name: String) async throws {
  #expect(try await !Program.run(["ip", "netns", "list"]).contains("millrace-\(name)-"))
  for directory in ["/run/netns", "/etc/netns", "/run/millrace"] {
    let names = try await Program.result(["ls", "-A", directory]).output
    #expect(
      !names.contains("millrace-\(name)-") && !names.split(separator: "\n").contains("lab-\(name)"), "\(directory)")
  }
  #expect(try await !Program.run(["ip", "-o", "link", "show"]).contains("port1@"))
}
