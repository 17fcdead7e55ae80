import CLinux
import Glibc
import Steering
import Testing
import Units
import Wire

/// Frames the host sends into a tap come out of the queue of the worker that the program names.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct TapProgramTests {
  static let workers = 4

  /// A tap with a queue for each worker, steered; gives the worker whose queue a frame came out of.
  static func queue(
    of frame: [UInt8], tag: (type: UInt16, tci: UInt16)? = nil, segment: Int? = nil, model: SteeringModel
  ) throws -> Int? {
    try NetworkNamespace.command("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    let queues = (0..<workers).map { _ in ml_tap_open("tap") }
    defer { for queue in queues { close(queue) } }
    guard queues.allSatisfy({ $0 >= 0 }) else { throw NetworkNamespace.Failed(what: "tap", errno: -queues.min()!) }
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(1))
    let program = try TapProgram(port: PortID(1), place: "tap", maps: maps)
    #expect(ml_tap_set_steering(queues[0], program.descriptor) == 0)
    try NetworkNamespace.command("ip", "link", "set", "tap", "up")
    let index = if_nametoindex("tap")
    let pusher = try tag.map { try TagPusher(index: index, type: $0.type, tci: $0.tci) }
    return try withExtendedLifetime(pusher) {
      let sender = try FrameSender(index: index)
      if let segment {
        try sender.send(frame, partial: (34, 16), segmentation: (UInt8(VIRTIO_NET_HDR_GSO_TCPV4), segment))
      } else {
        try sender.send(frame)
      }
      var events = queues.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&events, nfds_t(events.count), 2000) > 0 else { return nil }
      return events.firstIndex { $0.revents & Int16(POLLIN) != 0 }
    }
  }

  /// Every entry of a queue's table, and its home, to other workers than the next queue's.
  static func model() -> SteeringModel {
    let steering = PortSteering(byAddress: true, ownQueue: QueueID(1), untaggedVLAN: 0)
    let queues = [
      QueueID(1): IndirectionTable(home: WorkerID(3), spreadOver: [WorkerID(0), WorkerID(1), WorkerID(2)]),
      QueueID(2): IndirectionTable(home: WorkerID(3), workers: (0..<128).map { WorkerID($0 % 2 == 0 ? 2 : 1) }),
    ]
    return SteeringModel(
      port: steering, filters: [VMQFilter(address: KernelContextTests.address, vlan: 30): QueueID(2)],
      queues: queues, table: ToeplitzTable())
  }

  @Test("frames of several flows, tagged and not, in one piece and large", arguments: 1...6)
  func flows(_ flow: Int) throws {
    try NetworkNamespace.run {
      let model = Self.model()
      let builder = flow % 2 == 0 ? KernelContextTests.builder : KernelContextTests.builder.tagged(30)
      let frame = builder.ipv6("fd00::1", "fd00::2").udp(
        UInt16(flow), 7, payload: [UInt8](repeating: 1, count: flow * 200))
      let found = try Self.queue(of: frame, model: model)
      #expect(found == Int(model.decide(frame).worker.index))
    }
  }

  /// As the host's own TCP sends them: only the headers lie in the sk_buff's head.
  @Test("super-frames whose payload lies in pages", arguments: 1...6)
  func payloadInPages(_ flow: Int) throws {
    try NetworkNamespace.run {
      let model = Self.model()
      let frame = KernelContextTests.builder.ipv4("10.0.0.1", "10.0.0.2").tcp(
        UInt16(flow), 7, payload: [UInt8](repeating: 1, count: 20_000), checksum: .partial)
      let found = try Self.queue(of: frame, segment: 1400, model: model)
      #expect(found == Int(model.decide(frame).worker.index))
    }
  }

  @Test("a frame that cannot be hashed goes home")
  func unhashable() throws {
    try NetworkNamespace.run {
      let frame = KernelContextTests.builder.payload(type: 0x88B5, [UInt8](repeating: 0, count: 46))
      let found = try Self.queue(of: frame, model: Self.model())
      #expect(found == 3)
    }
  }

  @Test("a tag beside the frame chooses the queue as one in the frame does")
  func tagBeside() throws {
    try NetworkNamespace.run {
      let model = Self.model()
      let frame = KernelContextTests.builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
      let tagged = KernelContextTests.builder.tagged(30).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
      let found = try Self.queue(of: frame, tag: (EtherType.vlan, 30), model: model)
      #expect(found == Int(model.decide(tagged).worker.index))
      #expect(model.decide(tagged).queue == QueueID(2) && model.decide(frame).queue == QueueID(1))
    }
  }

  @Test("a service tag beside the frame hides the flow")
  func serviceTag() throws {
    try NetworkNamespace.run {
      let frame = KernelContextTests.builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
      let found = try Self.queue(of: frame, tag: (EtherType.serviceVLAN, 30), model: Self.model())
      #expect(found == 3)
    }
  }
}
