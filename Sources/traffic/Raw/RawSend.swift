import ArgumentParser
import CLinux
import Foundation
import Units

/// `traffic raw send`.
struct RawSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send exact frames.",
    discussion: """
      Frames are given in hexadecimal, from the destination address on, without FCS. A tag that stands in the frame \
      goes out in the frame; --vlan puts one beside it, as a sender with tag offload does.
      """)

  enum Checksum: String, ExpressibleByArgument, CaseIterable, Sendable {
    case asIs = "as-is"
    case right, wrong
    /// The pseudo-header sum, the rest asked of the kernel.
    case partial
  }

  @Option(help: "The device they leave through.") var interface: String
  @Option(help: "A frame; may be repeated.") var hex: [String] = []
  @Option(help: "A file with a frame a line, or lines of `traffic raw capture`; - is standard input.") var file: String?
  @Option(help: "How often the whole list is sent.") var count = 1
  @Option(help: "Frames a second; left out: as fast as it goes.") var rate: Double?
  @Option(help: "The TCP or UDP checksum: as-is, right, wrong or partial.") var checksum = Checksum.asIs
  @Option(help: "Send as a super-frame of segments with so many payload bytes; implies --checksum partial.")
  var segmentSize: UInt16?
  @Option(help: "Put a tag with this VLAN beside the frame (kernel 6.6).") var vlan: UInt16?

  struct Result: Encodable { var sent: Int }

  func run() throws {
    guard count > 0, rate.map({ $0 > 0 }) ?? true else { throw TrafficError.usage("--count and --rate are above 0") }
    let device = try NetworkInterface(interface)
    let prepared = try frames().map(prepare)
    guard !prepared.isEmpty else { throw TrafficError.usage("no frames: write --hex or --file") }
    let socket = try PacketSocket(device, bypass: false)
    guard let vlan else { return try send(prepared, over: socket) }
    let tag = try TagProgram(device, vlan: vlan)
    try send(prepared, over: socket)
    _ = consume tag
  }

  private func send(_ prepared: [[UInt8]], over socket: borrowing PacketSocket) throws {
    let pacer = Pacer(rate: rate, start: Pacer.now)
    var sent = 0
    for _ in 0..<count {
      for message in prepared where !StopRequest.isMade {
        pacer.pace(sent: sent)
        while Glibc.send(socket.descriptor, message, message.count, 0) < 0 {
          let fault = errno
          guard fault == EAGAIN || fault == ENOBUFS || fault == EINTR, !StopRequest.isMade else {
            throw TrafficError.refused(
              "\(interface): sending \(message.count - PacketSocket.headerLength) bytes", fault)
          }
          PacketSocket.waitToSend(socket.descriptor)
        }
        sent += 1
      }
    }
    try Output.print(Result(sent: sent))
  }

  private func frames() throws -> [[UInt8]] {
    var lines = hex
    if let file {
      guard
        let data = file == "-"
          ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
      else { throw TrafficError.refused(file, errno == 0 ? ENOENT : errno) }
      lines += String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    }
    return try lines.enumerated().map { index, line in
      let text =
        line.hasPrefix("{") ? try JSONDecoder().decode(CapturedFrame.Bytes.self, from: Data(line.utf8)).frame : line
      guard let bytes = HexFrame.bytes(text), bytes.count >= 14 else {
        throw TrafficError.usage("frame \(index + 1): write at least 14 bytes in hexadecimal")
      }
      return bytes
    }
  }

  /// The frame behind its vnet header.
  private func prepare(_ frame: [UInt8]) throws(TrafficError) -> [UInt8] {
    var frame = frame
    var header = ml_vnet_header()
    let wish = segmentSize == nil ? checksum : .partial
    if wish != .asIs {
      guard let sum = TransportChecksum(of: frame) else {
        throw .usage("--checksum is for whole TCP and UDP frames: \(HexFrame.text(frame.prefix(42)))…")
      }
      switch wish {
      case .asIs: break
      case .right: sum.complete(&frame)
      case .wrong: sum.spoil(&frame)
      case .partial:
        sum.makePartial(&frame)
        header.flags = UInt8(VIRTIO_NET_HDR_F_NEEDS_CSUM)
        (header.csum_start, header.csum_offset) = (UInt16(sum.start), UInt16(sum.offset))
        if let segmentSize { segment(&header, frame, sum, segmentSize) }
      }
    }
    return withUnsafeBytes(of: header) { Array($0) } + frame
  }

  private func segment(_ header: inout ml_vnet_header, _ frame: [UInt8], _ sum: TransportChecksum, _ size: UInt16) {
    let isUDP = sum.offset == 6
    let isIPv6 = frame[sum.start - 40 >= 14 ? sum.start - 40 : 14] >> 4 == 6
    let tcp = Int(isIPv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4)
    header.gso_type = UInt8(isUDP ? Int(ML_VIRTIO_NET_HDR_GSO_UDP_L4) : tcp)
    header.gso_size = size
    header.hdr_len = UInt16(sum.start + (isUDP ? 8 : Int(frame[sum.start + 12] >> 4) * 4))
  }
}
