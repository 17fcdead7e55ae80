import Foundation
import Lab
import Testing
import Units
import Wire

/// A line of `traffic raw capture`.
struct RecordedFrame: Decodable {
  var frame: String
  var length: Int
  /// Of the outer tag.
  var vlan: Int?
  /// What the receiver's kernel says of the L4 checksum: `partial`, `verified` or nothing.
  var kernelChecksum: String?
  /// What the bytes say: `right`, `wrong`, `partial` or `none`.
  var checksum: String?
  var segmentSize: Int?

  var bytes: [UInt8] {
    let digits = frame.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// The outer tag's priority (IEEE 802.1Q PCP).
  var priority: UInt8? { vlan == nil ? nil : bytes[14] >> 5 }

  /// The frame without its outer tag.
  var untagged: [UInt8] { vlan == nil ? bytes : Array(bytes[..<12] + bytes[16...]) }

  /// A partial checksum is right where the receiver's kernel knows that it is partial.
  var hasGoodChecksum: Bool { checksum == "right" || (checksum == "partial" && kernelChecksum == "partial") }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// Addresses that no host of a lab has: nobody answers, and recordings hold only what a test sent.
func station(_ number: UInt8) -> MACAddress { MACAddress(bytes: [0x02, 0, 0, 0xAA, 0, number]) }

/// A frame of no known protocol (IEEE 802, local experimental EtherType), padded to the least length of Ethernet.
func plainFrame(to destination: MACAddress, from source: MACAddress, _ mark: UInt8, length: Int = 60) -> [UInt8] {
  FrameBuilder(to: destination, from: source).payload(type: 0x88B5, [UInt8](repeating: mark, count: length - 14))
}

/// TCP and UDP over IPv4 and IPv6, to a host's MAC address. Each has its own ports, by which it is known again.
func transportFrames(
  to destination: MACAddress, payload: Int = 100, checksum: FrameBuilder.Checksum
) -> [[UInt8]] {
  let link = FrameBuilder(to: destination, from: station(1))
  let bytes = (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
  return [link.ipv4("192.0.2.1", "192.0.2.2"), link.ipv6("2001:db8::1", "2001:db8::2")].flatMap {
    [
      $0.tcp(4001, 5001, payload: bytes, checksum: checksum), $0.udp(4002, 5002, payload: bytes, checksum: checksum),
      // An odd length: the last byte is summed with a zero behind it.
      $0.udp(4003, 5003, payload: bytes + [0xFF], checksum: checksum),
    ]
  }
}

/// A lab whose hosts say nothing by themselves.
func quietLab(
  name: String, hosts: Int, mtu: Int = 1500, switchLines: [String] = [], portKeys: [Int: [String]] = [:],
  allPortKeys: [String] = [], extraPorts: [String] = [], configuration: String? = nil
) -> LabSpec {
  LabSpec(
    name: name, hosts: hosts, mtu: mtu, switchLines: ["workers: [0]"] + switchLines, portKeys: portKeys,
    allPortKeys: allPortKeys, extraPorts: extraPorts, wholeConfiguration: configuration, ipv6: false,
    staticNeighbours: true)
}

extension Lab {
  func mac(of host: Int) -> MACAddress { MACAddress(spec.mac(of: host))! }

  /// Sends exact frames from a host, and returns when the switch has counted them all at its port.
  /// - Parameters:
  ///   - port: the port's name; left out: that of the host.
  ///   - segmentSize: send as a super-frame.
  ///   - tagBeside: a tag's 16 bits, given beside the frame as a sender with tag offload does.
  func send(
    _ frames: [[UInt8]], from host: Int, device: String = LabSpec.hostDevice, port: String? = nil,
    checksum: String = "as-is", segmentSize: Int? = nil, tagBeside: UInt16? = nil
  ) async throws {
    let port = port ?? LabSpec.hostName(host)
    let before = try await ports()[port]?.receivedFrames ?? 0
    var command = [try BuiltProgram.path("traffic"), "raw", "send", "--interface", device, "--checksum", checksum]
    command += frames.flatMap { ["--hex", hexadecimal($0)] }
    if let segmentSize { command += ["--segment-size", "\(segmentSize)"] }
    if let tagBeside { command += ["--vlan", "\(tagBeside)"] }
    try await Program.run(self.command(in: host, command))
    let arrived = try await eventually {
      (try await ports()[port]?.receivedFrames ?? 0) >= before + UInt64(frames.count)
    }
    #expect(arrived, "port \(port) did not receive the \(frames.count) frames sent to it")
  }

  /// Records what arrives at devices of hosts while `body` runs, of frames whose source address is a `station`.
  /// - Parameter expecting: how many frames are waited for at each host.
  func record(
    at hosts: [Int], device: String = LabSpec.hostDevice, expecting: [Int: Int],
    _ body: () async throws -> Void
  ) async throws -> [Int: [RecordedFrame]] {
    var captures: [Int: HostProcess] = [:]
    for host in hosts {
      let capture = [try BuiltProgram.path("traffic"), "raw", "capture", "--interface", device, "--seconds", "60"]
      captures[host] = try spawn(in: host, capture)
    }
    for host in hosts { try await captures[host]!.prints("ready") }
    func recorded(_ host: Int) throws -> [RecordedFrame] {
      // The last line may still be under way.
      try captures[host]!.output.split(separator: "\n").filter { $0.hasSuffix("}") }
        .map { try JSONDecoder().decode(RecordedFrame.self, from: Data($0.utf8)) }
        .filter { Array($0.bytes[6..<11]) == Array(station(0).bytes[..<5]) || $0.bytes[6] == 0x03 }
    }
    try await body()
    _ = try await eventually { try expecting.allSatisfy { try recorded($0.key).count >= $0.value } }
    var all: [Int: [RecordedFrame]] = [:]
    for host in hosts {
      // One tick of its clock more, for what should not come.
      captures[host]!.signal(SIGINT)
      _ = await captures[host]!.ends(within: .seconds(5))
      all[host] = try recorded(host)
      let count = all[host]!.count
      #expect(count == expecting[host] ?? 0, "frames recorded at host \(host): \(all[host]!.map(\.frame))")
    }
    return all
  }

  /// Frames dropped at a port for a reason, since the switch started.
  func drops(at port: String, _ reason: String) async throws -> UInt64 {
    try await ports()[port]?.drops[reason] ?? 0
  }
}
