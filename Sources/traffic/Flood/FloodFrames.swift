import Units
import Wire

/// Builds the frames of a flood: all alike but for their size and their flow's source port.
struct FloodFrames {
  private let packet: FrameBuilder
  private let headers: Int
  private let ports: (first: UInt16, to: UInt16)
  private let checksum: FrameBuilder.Checksum

  init(_ flood: Flood, _ device: NetworkInterface) throws {
    let isIPv6 = flood.destinationAddress.isIPv6
    headers = 14 + (isIPv6 ? 40 : 20) + 8
    guard flood.size.shares.allSatisfy({ [headers] in ($0.size >= headers) && $0.size <= 9216 }) else {
      throw TrafficError.usage("--size: write \(headers) to 9216")
    }
    let from = try flood.source ?? device.mac()
    let address = try flood.sourceAddress ?? device.address(isIPv6: isIPv6)
    guard address.isIPv6 == isIPv6 else {
      throw TrafficError.usage("--source-address and --destination-address are of two families")
    }
    let link = FrameBuilder(to: flood.destination, from: from)
    let ends = ("\(address)", "\(flood.destinationAddress)")
    packet = isIPv6 ? link.ipv6(ends.0, ends.1) : link.ipv4(ends.0, ends.1)
    ports = (flood.firstSourcePort, flood.port)
    // UDP over IPv4 may go without a checksum, so that a generator may change the port and nothing else.
    checksum = isIPv6 ? .right : .zero
  }

  /// One frame. - Parameter size: bytes without FCS.
  func frame(size: Int, flow: Int) -> [UInt8] {
    packet.udp(
      ports.first + UInt16(flow), ports.to, payload: [UInt8](repeating: 0, count: size - headers), checksum: checksum)
  }

  /// Frames to send in turn, over and over: the flows by turns, the sizes by their shares.
  func cycle(_ sizes: FrameSizes, flows: Int) -> [[UInt8]] {
    let round = sizes.round
    // The least common multiple, so that flows and sizes both come out even.
    var count = flows
    while count % round.count != 0 { count += flows }
    return (0..<count).map { frame(size: round[$0 % round.count], flow: $0 % flows) }
  }
}
