import Glibc
import Steering
import Testing
import Units
import Wire

/// Attaching and detaching, on netdevs in a namespace of their own.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct PortProgramTests {
  static func program(
    _ maps: SteeringMaps, port: UInt16 = 0, context: KernelContext = .none
  ) throws -> PortProgram {
    try PortProgram(port: PortID(port), place: "receiver", context: context, maps: maps)
  }

  /// What `ip -details link` would name: the XDP mode of a netdev, by netlink's own words.
  static func isAttached(_ netdev: String) throws -> Bool {
    do {
      try NetworkNamespace.command("sh", "-c", "ip link show \(netdev) | grep -q 'prog/xdp'")
      return true
    } catch { return false }
  }

  @Test("a program is on its netdev as long as it lives, in either mode", arguments: [AttachMode.native, .generic])
  func lives(_ mode: AttachMode) throws {
    try NetworkNamespace.run {
      let veth = try VethPair()
      let maps = try SteeringMaps(table: ToeplitzTable())
      do {
        let program = try Self.program(maps)
        #expect(!program.isAttached)
        try program.attach(netdev: veth.receiver, index: veth.receiverIndex, mode: mode)
        #expect(program.isAttached)
        #expect(try Self.isAttached(veth.receiver))
      }
      #expect(try !Self.isAttached(veth.receiver))
    }
  }

  @Test(
    "a netdev that has a program refuses another, in one line that says what to do",
    arguments: [AttachMode.native, .generic])
  func busy(_ mode: AttachMode) throws {
    try NetworkNamespace.run {
      let veth = try VethPair()
      let maps = try SteeringMaps(table: ToeplitzTable())
      let first = try Self.program(maps)
      try first.attach(netdev: veth.receiver, index: veth.receiverIndex, mode: .native)
      let second = try Self.program(maps, port: 1)
      let error = #expect(throws: SteeringError.self) {
        try second.attach(netdev: veth.receiver, index: veth.receiverIndex, mode: mode)
      }
      let text = try #require(error).description
      #expect(text.hasPrefix("receiver: cannot attach the XDP program (\(mode.rawValue)): "))
      #expect(text.contains("bpftool net show dev receiver") && !text.contains("\n"))
      #expect(first.isAttached && !second.isAttached)
    }
  }

  @Test("a netdev that is gone, and a driver without native XDP, are told apart")
  func otherRefusals() throws {
    try NetworkNamespace.run {
      let maps = try SteeringMaps(table: ToeplitzTable())
      let program = try Self.program(maps)
      let gone = #expect(throws: SteeringError.self) {
        try program.attach(netdev: "eth77", index: 77, mode: .native)
      }
      #expect(gone?.errno == ENODEV && gone?.isUnsupported == false)
      let loopback = #expect(throws: SteeringError.self) {
        try program.attach(netdev: "lo", index: if_nametoindex("lo"), mode: .native)
      }
      #expect(loopback?.isUnsupported == true)
      #expect(loopback?.description.contains("generic") == true)
    }
  }

  @Test("without a socket frames go to the host and are counted")
  func withoutSocket() throws {
    try NetworkNamespace.run {
      let veth = try VethPair()
      let maps = try SteeringMaps(table: ToeplitzTable())
      let program = try Self.program(maps)
      try program.attach(netdev: veth.receiver, index: veth.receiverIndex, mode: .native)
      let receiver = try FrameReceiver(netdev: veth.receiver)
      let sender = try FrameSender(index: veth.senderIndex)
      let frame = KernelContextTests.builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
      try sender.send(frame)
      // The second is redirected; by then the first has been counted: a veth keeps their order.
      try program.setSocket(queue: 0, worker: WorkerID(0), descriptor: receiver.descriptor)
      try sender.send(frame)
      _ = try receiver.next()
      #expect(try program.counters() == ProgramCounters(redirected: 1, withoutSocket: 1))
    }
  }

  @Test("a socket for a netdev queue the program has no room for is refused")
  func noRoom() throws {
    let maps = try SteeringMaps(table: ToeplitzTable())
    let program = try Self.program(maps)
    #expect(throws: SteeringError.self) { try program.setSocket(queue: 1, worker: WorkerID(0), descriptor: 0) }
    #expect(throws: SteeringError.self) { try program.setSocket(queue: 0, worker: WorkerID(0), descriptor: 0) }
  }
}
