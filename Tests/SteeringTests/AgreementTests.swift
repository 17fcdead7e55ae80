import CMillraceABI
import Glibc
import Steering
import Testing
import Units
import Wire

/// BPF and Swift decide alike on every frame: thousands of well-formed, broken and random ones.
@Suite(.enabled(if: geteuid() == 0, "needs root"))
struct AgreementTests {
  static let frames = 6000

  @Test(
    "the XDP program and Swift agree on queue, worker and hash",
    arguments: [(true, UInt16(0)), (true, 10), (false, 0)], [KernelContext.none, .generic])
  func xdpAgrees(_ port: (byAddress: Bool, untaggedVLAN: UInt16), _ context: KernelContext) throws {
    let model = SteeringModel.example(byAddress: port.byAddress, untaggedVLAN: port.untaggedVLAN)
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(5))
    let program = try PortProgram(port: PortID(5), place: "test", context: context, maps: maps)
    var generator = FrameGenerator(
      seed: UInt64(port.untaggedVLAN), destinations: SteeringModel.addresses, vlans: SteeringModel.vlans)
    var hashed = 0
    var queues: Set<QueueID> = []
    for number in 0..<Self.frames {
      let frame = generator.next()
      let expected = model.decide(frame)
      let run = try TestRun(program: program.descriptor, frame: frame)
      let found = SteeringModel.Decision(run.metadata)
      try #require(found == expected, "frame \(number): \(hexadecimal(frame))")
      #expect(Array(run.output.dropFirst(MemoryLayout<mr_frame_metadata>.size)) == frame)
      hashed += expected.hash != nil ? 1 : 0
      queues.insert(expected.queue)
    }
    // The frames were worth the trouble: both outcomes often, every queue in play.
    #expect(hashed > Self.frames / 3 && hashed < Self.frames * 9 / 10)
    #expect(queues.count >= (port.byAddress ? 3 : 1))
  }

  @Test("the program for kernels without BTF decides as Swift does")
  func plainAgrees() throws {
    let model = SteeringModel.example(byAddress: true, untaggedVLAN: 10)
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(5))
    let program = try PortProgram(port: PortID(5), place: "test", context: .veth, maps: maps, asksKernel: false)
    var generator = FrameGenerator(seed: 55, destinations: SteeringModel.addresses, vlans: SteeringModel.vlans)
    for number in 0..<Self.frames {
      let frame = generator.next()
      let run = try TestRun(program: program.descriptor, frame: frame)
      try #require(
        SteeringModel.Decision(run.metadata) == model.decide(frame), "frame \(number): \(hexadecimal(frame))")
      #expect(run.metadata.flags & ~UInt16(MR_META_HASHED) == 0)
    }
  }

  @Test("headers that the first fragment does not hold are steered alike")
  func shortFirstFragmentAgrees() throws {
    let model = SteeringModel.example(byAddress: true, untaggedVLAN: 0)
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(5))
    let program = try PortProgram(port: PortID(5), place: "test", context: .none, maps: maps)
    var generator = FrameGenerator(seed: 77, destinations: SteeringModel.addresses, vlans: SteeringModel.vlans)
    var random = Generator(state: 78)
    for number in 0..<Self.frames {
      let frame = generator.next()
      let linear = 14 + random.below(min(frame.count - 13, 200))
      let expected = model.decide(frame)
      let run = try TestRun(program: program.descriptor, frame: frame, linear: linear)
      let found = SteeringModel.Decision(run.metadata)
      try #require(found == expected, "frame \(number), \(linear) linear: \(hexadecimal(frame))")
    }
  }

  @Test("the tap program and Swift agree on the worker", arguments: [(true, UInt16(0)), (true, 10), (false, 0)])
  func tapAgrees(_ port: (byAddress: Bool, untaggedVLAN: UInt16)) throws {
    let model = SteeringModel.example(byAddress: port.byAddress, untaggedVLAN: port.untaggedVLAN)
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(6))
    let program = try TapProgram(port: PortID(6), place: "test", maps: maps, pulledBytes: 14)
    var generator = FrameGenerator(
      seed: 99 + UInt64(port.untaggedVLAN), destinations: SteeringModel.addresses, vlans: SteeringModel.vlans)
    var workers: Set<WorkerID> = []
    for number in 0..<Self.frames {
      let frame = generator.next()
      guard runnable(frame) else { continue }
      let expected = model.decide(frame)
      let run = try TestRun(program: program.descriptor, frame: frame, isXDP: false)
      try #require(run.action == UInt32(expected.worker.index), "frame \(number): \(hexadecimal(frame))")
      workers.insert(expected.worker)
    }
    #expect(workers.count == 8)
  }

  /// BPF_PROG_TEST_RUN refuses a socket filter's frame that ends inside its Ethernet or IP header.
  func runnable(_ frame: [UInt8]) -> Bool {
    switch (frame[12], frame[13]) {
    case (0x08, 0x00): frame.count >= 34
    case (0x86, 0xDD): frame.count >= 54
    default: frame.count > 14
    }
  }

  func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
