/// Frames as tests write them, and a checksum written without regard to speed, to compare with.

/// The address of station `n`, as `MACAddress.value`.
func station(_ n: Int) -> UInt64 { 0x0200_0000_0000 | UInt64(n) }

let broadcast: UInt64 = 0xFFFF_FFFF_FFFF
/// A multicast address that bridges forward (IPv4 group).
let multicast: UInt64 = 0x0100_5E00_0001

func bytes(of address: UInt64) -> [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: address >> UInt64(40 - 8 * $0)) } }

func big16(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }

/// An Ethernet frame; `tci` puts an 802.1Q tag into it. The type is the one for local experiments (IEEE 802).
func ethernet(
  to destination: UInt64, from source: UInt64, tci: Int? = nil, type: Int = 0x88B5, payload: [UInt8]? = nil
) -> [UInt8] {
  let tag = tci.map { [0x81, 0x00] + big16($0) } ?? []
  return bytes(of: destination) + bytes(of: source) + tag + big16(type) + (payload ?? pattern(46, seed: source))
}

/// `frame` with an 802.1Q tag in it.
func tagged(_ frame: [UInt8], _ tci: Int) -> [UInt8] {
  Array(frame[..<12]) + [0x81, 0x00] + big16(tci) + Array(frame[12...])
}

/// Bytes that differ from place to place, so that swapped or shifted ones show.
func pattern(_ count: Int, seed: UInt64 = 0) -> [UInt8] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
}

/// The one's complement sum of RFC 1071, folded, not complemented; byte by byte.
func onesSum(_ bytes: [UInt8], from start: Int = 0) -> Int {
  var sum = start
  for (i, byte) in bytes.enumerated() {
    sum += i % 2 == 0 ? Int(byte) << 8 : Int(byte)
    sum = (sum & 0xFFFF) + (sum >> 16)
  }
  return sum
}

enum Transport: Int, CaseIterable, Sendable {
  case tcp = 6
  case udp = 17

  var checksumOffset: Int { self == .tcp ? 16 : 6 }
  var headerLength: Int { self == .tcp ? 20 : 8 }
}

enum ChecksumState: Sendable {
  case right
  /// Holds the pseudo-header's sum, the rest left to do.
  case partial
  case wrong
}

/// An IPv4 or IPv6 packet in an Ethernet frame.
func ipFrame(
  to destination: UInt64, from source: UInt64, version: Int = 4, _ transport: Transport, sourcePort: Int = 40000,
  payload: [UInt8], checksum: ChecksumState, padding: Int = 0, tci: Int? = nil
) -> [UInt8] {
  let ports = big16(sourcePort) + big16(5201)
  var l4: [UInt8]
  switch transport {
  case .tcp: l4 = ports + [1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x10, 0xFF, 0xFF, 0, 0, 0, 0] + payload
  case .udp: l4 = ports + big16(8 + payload.count) + [0, 0] + payload
  }
  let addresses = pattern(version == 4 ? 8 : 32, seed: source)
  let pseudo = onesSum(addresses + big16(0) + big16(l4.count) + big16(transport.rawValue))
  var field = onesSum(l4, from: pseudo) ^ 0xFFFF
  if field == 0 { field = 0xFFFF }
  switch checksum {
  case .right: break
  case .partial: field = pseudo
  case .wrong: field ^= 0x0404
  }
  l4.replaceSubrange(transport.checksumOffset..<transport.checksumOffset + 2, with: big16(field))
  var header: [UInt8]
  if version == 4 {
    header = [0x45, 0] + big16(20 + l4.count) + [0, 1, 0x40, 0, 64, UInt8(transport.rawValue), 0, 0] + addresses
    header.replaceSubrange(10..<12, with: big16(onesSum(header) ^ 0xFFFF))
  } else {
    header = [0x60, 0, 0, 0] + big16(l4.count) + [UInt8(transport.rawValue), 64] + addresses
  }
  return ethernet(
    to: destination, from: source, tci: tci, type: version == 4 ? 0x0800 : 0x86DD,
    payload: header + l4 + pattern(padding, seed: 7))
}

/// A UDP datagram in an Ethernet frame, its UDP checksum left out (RFC 768).
func udpFrame(
  to destination: UInt64, from source: UInt64, ports: (Int, Int), payload: Int, trafficClass: Int = 0,
  addresses: [UInt8] = [10, 0, 0, 1, 10, 0, 0, 2]
) -> [UInt8] {
  var header: [UInt8] =
    [0x45, UInt8(trafficClass)] + big16(28 + payload) + [0, 1, 0x40, 0, 64, 17, 0, 0] + addresses
  header.replaceSubrange(10..<12, with: big16(onesSum(header) ^ 0xFFFF))
  let udp = big16(ports.0) + big16(ports.1) + big16(8 + payload) + [0, 0]
  return ethernet(
    to: destination, from: source, type: 0x0800, payload: header + udp + [UInt8](repeating: 0, count: payload))
}
