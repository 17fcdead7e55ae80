import Foundation
import Lab
import Testing

/// Tests of this target send real packets through a real switch, one lab at a time.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: network namespaces, XDP and AF_XDP"))
struct SwitchTests {}

/// Brings a lab up, runs the test, checks that no frame was lost, and takes the lab down, whatever happens.
func withLab(_ spec: LabSpec, _ body: (Lab) async throws -> Void) async throws {
  // What an interrupted run left would be in the way.
  await Lab(spec).down()
  let lab = try await Lab.up(spec)
  do {
    try await body(lab)
    if spec.fabric == .millrace { try await expectFramesConserved(lab) }
  } catch {
    let log = lab.log
    await lab.down()
    Issue.record("\(error); the switch said: \(log.suffix(2000))")
    return
  }
  await lab.down()
}

/// Keeps a program on CPU 0: what a host sends from two CPUs waits in the kernel's backlog of each, where a flow may overtake
/// itself before it comes to the switch.
let onOneCPU = ["taskset", "-c", "0"]

struct FramesAnswer: Decodable {
  struct Frames: Decodable {
    struct Breakdown: Decodable {
      var residue: Int
    }
    var total: Int
    var free: Int
    var kernel: Int
    var held: Int
    var lost: Int
    var breakdown: Breakdown
  }
  var frames: Frames
}

struct PortsAnswer: Decodable {
  struct Port: Decodable {
    var name: String
    var state: String
    var mode: String
    var queues: Int
    var receivedFrames: UInt64
    var receivedBytes: UInt64
    var transmittedFrames: UInt64
    var transmittedBytes: UInt64
    var superFramesReceived: UInt64
    var superFramesSent: UInt64
    var segmentsJoined: UInt64
    var drops: [String: UInt64]
    var kernel: [Kernel]
  }
  struct Kernel: Decodable { var txInvalidDescriptors: UInt64 }

  var ports: [Port]

  subscript(name: String) -> Port? { ports.first { $0.name == name } }
}

struct WorkersAnswer: Decodable {
  struct Worker: Decodable {
    var worker: Int
    var frames: UInt64
    var batches: UInt64
    var sleeps: UInt64
    var cpuSeconds: Double
    var load: Double
  }
  var workers: [Worker]
}

extension Lab {
  /// Runs `millrace` against the lab's switch; returns what it printed. It must succeed.
  @discardableResult
  func millrace(_ command: String..., more: [String] = []) async throws -> String {
    try await Program.run([try Self.executable()] + command + more + ["--socket", spec.socketPath])
  }

  /// The same, however it ends.
  func millraceResult(_ command: [String]) async throws -> Program.Result {
    try await Program.result([try Self.executable()] + command + ["--socket", spec.socketPath])
  }

  func frames() async throws -> FramesAnswer.Frames {
    try JSONDecoder().decode(FramesAnswer.self, from: Data(try await show("frames").utf8)).frames
  }

  func ports() async throws -> PortsAnswer {
    try JSONDecoder().decode(PortsAnswer.self, from: Data(try await show("ports").utf8))
  }

  func workers() async throws -> [WorkersAnswer.Worker] {
    try JSONDecoder().decode(WorkersAnswer.self, from: Data(try await show("workers").utf8)).workers
  }

  /// Waits until a condition holds; false when it does not within `seconds`.
  func eventually(_ seconds: Double = 5, _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      if try await condition() { return true }
      try await Task.sleep(for: .milliseconds(50))
    }
    return false
  }
}

/// At rest every frame is somewhere that is known, and the kernel keeps no more than a few; it refused none.
func expectFramesConserved(_ lab: Lab) async throws {
  let rests = try await lab.eventually { try await lab.frames().lost == 0 }
  let frames = try await lab.frames()
  #expect(rests, "lost \(frames.lost) of \(frames.total)")
  let ports = try await lab.ports().ports
  let queues = ports.reduce(0) { $0 + $1.queues }
  let refused = ports.flatMap(\.kernel).reduce(0) { $0 + $1.txInvalidDescriptors }
  #expect(refused == 0, "the kernel refused descriptors, and lost their frames")
  #expect(frames.breakdown.residue <= 64 * max(1, queues))
  #expect(frames.breakdown.residue >= 0)
}
