import CLinux
import CMillraceABI
import Glibc
import Steering
import Testing
import Units
import Wire

/// What the XDP program learns from the kernel about frames that really crossed a veth.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root"))
struct KernelContextTests {
  /// Sends one frame over a veth pair and gives what arrives in the AF_XDP socket.
  static func cross(
    _ mode: AttachMode, mtu: Int = 1500, tag: (type: UInt16, tci: UInt16)? = nil,
    check: @escaping @Sendable (mr_frame_metadata, [UInt8]) throws -> Void,
    send: @escaping @Sendable (FrameSender) throws -> Void
  ) throws {
    try NetworkNamespace.run {
      let veth = try VethPair(mtu: mtu)
      let maps = try SteeringMaps(table: ToeplitzTable())
      try maps.setPort(PortID(3), PortSteering(byAddress: true, ownQueue: QueueID(4), untaggedVLAN: 1))
      try maps.setQueue(QueueID(4), IndirectionTable(only: WorkerID(2)))
      try maps.setFilter(VMQFilter(address: Self.address, vlan: 30), QueueID(5))
      try maps.setQueue(QueueID(5), IndirectionTable(only: WorkerID(2)))
      let program = try PortProgram(
        port: PortID(3), place: veth.receiver, context: mode == .native ? .veth : .generic, maps: maps)
      try program.attach(netdev: veth.receiver, index: veth.receiverIndex, mode: mode)
      let receiver = try FrameReceiver(netdev: veth.receiver)
      try program.setSocket(queue: 0, worker: WorkerID(2), descriptor: receiver.descriptor)
      let pusher = try tag.map { try TagPusher(index: veth.senderIndex, type: $0.type, tci: $0.tci) }
      try withExtendedLifetime(pusher) {
        try send(FrameSender(index: veth.senderIndex))
        let (metadata, frame) = try receiver.next()
        #expect(metadata.worker == 2)
        try check(metadata, frame)
      }
      #expect(try program.counters() == ProgramCounters(redirected: 1))
    }
  }

  static let address = MACAddress("02:00:00:00:00:0b")!
  static let builder = FrameBuilder(to: address, from: MACAddress("02:00:00:00:00:0a")!)
  static let known = UInt16(MR_META_CHECKSUM_KNOWN)
  static let partial = UInt16(MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL)
  static let hashed = UInt16(MR_META_HASHED)

  @Test("native: a partial checksum is known, and where it stands")
  func nativePartial() throws {
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(5, 6, payload: [1, 2, 3], checksum: .partial)
    try Self.cross(.native) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed)
      #expect((metadata.checksumStart, metadata.checksumOffset) == (34, 6))
      #expect(metadata.queue == 4)
    } send: {
      try $0.send(frame, partial: (34, 6))
    }
  }

  @Test("native: a finished checksum is known to be so, right or wrong", arguments: [true, false])
  func nativeFinished(_ isRight: Bool) throws {
    let frame = Self.builder.ipv6("fd00::1", "fd00::2").tcp(5, 6, checksum: isRight ? .right : .wrong)
    try Self.cross(.native) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.known | Self.hashed)
    } send: {
      try $0.send(frame)
    }
  }

  @Test("native: a partial checksum behind a tag in the frame")
  func nativeTaggedPartial() throws {
    let frame = Self.builder.tagged(30).ipv4("10.0.0.1", "10.0.0.2").tcp(5, 6, checksum: .partial)
    try Self.cross(.native) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed)
      #expect((metadata.checksumStart, metadata.checksumOffset) == (38, 16))
      #expect(metadata.queue == 5)
    } send: {
      try $0.send(frame, partial: (38, 16))
    }
  }

  @Test("native: a tag beside the frame is handed on, and filters see it")
  func nativeTagBeside() throws {
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(5, 6, checksum: .partial)
    try Self.cross(.native, tag: (EtherType.vlan, 0x601E)) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed | UInt16(MR_META_VLAN))
      #expect(metadata.vlanTCI == 0x601E)
      #expect((metadata.checksumStart, metadata.checksumOffset) == (34, 6))
      #expect(metadata.queue == 5)
    } send: {
      try $0.send(frame, partial: (34, 6))
    }
  }

  @Test("native: a service tag beside the frame is told apart; it names no VLAN and hides the flow")
  func nativeServiceTag() throws {
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(5, 6)
    try Self.cross(.native, tag: (EtherType.serviceVLAN, 30)) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.known | UInt16(MR_META_VLAN | MR_META_VLAN_SERVICE))
      #expect(metadata.queue == 4)
    } send: {
      try $0.send(frame)
    }
  }

  @Test("native: two tags, one beside and one in the frame, hide the flow")
  func nativeTwoTags() throws {
    let frame = Self.builder.tagged(7).ipv4("10.0.0.1", "10.0.0.2").udp(5, 6)
    try Self.cross(.native, tag: (EtherType.vlan, 30)) { metadata, _ in
      #expect(metadata.flags & UInt16(MR_META_HASHED) == 0)
      #expect(metadata.queue == 5)
    } send: {
      try $0.send(frame)
    }
  }

  @Test("native: a jumbo frame in several buffers", arguments: [true, false])
  func nativeJumbo(_ isPartial: Bool) throws {
    let payload = (0..<8900).map { UInt8(truncatingIfNeeded: $0) }
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(
      5, 6, payload: payload, checksum: isPartial ? .partial : .right)
    try Self.cross(.native, mtu: 9000) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == (isPartial ? Self.partial : Self.known) | Self.hashed)
      if isPartial { #expect((metadata.checksumStart, metadata.checksumOffset) == (34, 6)) }
      #expect(
        metadata.hash == ToeplitzTable().hash(source: IPEndpoint("10.0.0.1:5")!, destination: IPEndpoint("10.0.0.2:6")!)
      )
    } send: {
      try $0.send(frame, partial: isPartial ? (34, 6) : nil)
    }
  }

  @Test("generic: a TCP super-frame arrives whole, its segment size known")
  func genericTCP() throws {
    let payload = (0..<30_000).map { UInt8(truncatingIfNeeded: $0) }
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").tcp(5, 6, payload: payload, checksum: .partial)
    try Self.cross(.generic) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed | UInt16(MR_META_GSO_TCP))
      #expect(metadata.gsoSize == 1400)
      #expect(metadata.gsoSegments == 22)
      #expect((metadata.checksumStart, metadata.checksumOffset) == (34, 16))
    } send: {
      try $0.send(frame, partial: (34, 16), segmentation: (UInt8(VIRTIO_NET_HDR_GSO_TCPV4), 1400))
    }
  }

  @Test("generic: ECN of a super-frame, over IPv6")
  func genericTCPOverIPv6() throws {
    let frame = Self.builder.ipv6("fd00::1", "fd00::2").tcp(
      5, 6, tcpFlags: 0x98, payload: [UInt8](repeating: 7, count: 5000), checksum: .partial)
    try Self.cross(.generic) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed | UInt16(MR_META_GSO_TCP | MR_META_GSO_ECN))
      #expect((metadata.gsoSize, metadata.checksumStart, metadata.checksumOffset) == (1000, 54, 16))
    } send: {
      let kind = UInt8(VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN)
      try $0.send(frame, partial: (54, 16), segmentation: (kind, 1000))
    }
  }

  @Test("generic: a UDP super-frame")
  func genericUDP() throws {
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(
      5, 6, payload: [UInt8](repeating: 7, count: 6000), checksum: .partial)
    try Self.cross(.generic) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.partial | Self.hashed | UInt16(MR_META_GSO_UDP))
      #expect((metadata.gsoSize, metadata.checksumStart, metadata.checksumOffset) == (1200, 34, 6))
    } send: {
      try $0.send(frame, partial: (34, 6), segmentation: (UInt8(ML_VIRTIO_NET_HDR_GSO_UDP_L4), 1200))
    }
  }

  @Test("generic: the kernel cannot be asked about an ordinary frame's checksum", arguments: [true, false])
  func genericOrdinary(_ isPartial: Bool) throws {
    let frame = Self.builder.ipv4("10.0.0.1", "10.0.0.2").udp(5, 6, checksum: isPartial ? .partial : .right)
    try Self.cross(.generic) { metadata, arrived in
      #expect(arrived == frame)
      #expect(metadata.flags == Self.hashed && metadata.gsoSize == 0)
    } send: {
      try $0.send(frame, partial: isPartial ? (34, 6) : nil)
    }
  }
}
