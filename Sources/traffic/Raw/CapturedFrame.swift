import CLinux
import Glibc

/// A line of `traffic raw capture`.
struct CapturedFrame: Encodable {
  /// Hexadecimal, without FCS; a tag that came beside the frame stands in its place.
  var frame: String
  /// Bytes of `frame`, or more when it was cut.
  var length: Int
  /// `in` or `out`.
  var direction: String
  /// Of the outer tag.
  var vlan: Int?
  /// What the kernel says: `partial` (still to be filled in), `verified`, or nothing.
  var kernelChecksum: String?
  /// What the bytes say, of TCP and UDP: right, wrong, partial or none.
  var checksum: TransportChecksum.State?
  /// Payload bytes of a segment, when it is a super-frame.
  var segmentSize: Int?
  /// Monotonic clock.
  var nanoseconds: UInt64

  /// What `raw send` reads of such a line.
  struct Bytes: Decodable { var frame: String }

  init(_ stored: [UInt8], _ facts: ml_captured, nanoseconds: UInt64) {
    var bytes = stored
    let tagged = facts.status & UInt32(TP_STATUS_VLAN_VALID) != 0
    if tagged && bytes.count >= 12 {
      bytes.insert(contentsOf: [facts.tpid, facts.tci].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }, at: 12)
    }
    frame = HexFrame.text(bytes)
    length = Int(facts.length) + (tagged ? 4 : 0)
    direction = facts.outgoing == 1 ? "out" : "in"
    if bytes.count >= 16, bytes[12] == 0x81, bytes[13] == 0 { vlan = Int(bytes[14] & 0xF) << 8 | Int(bytes[15]) }
    if facts.status & UInt32(TP_STATUS_CSUMNOTREADY) != 0 {
      kernelChecksum = "partial"
    } else if facts.status & UInt32(TP_STATUS_CSUM_VALID) != 0 {
      kernelChecksum = "verified"
    }
    checksum = TransportChecksum(of: bytes)?.state(in: bytes)
    if facts.vnet.gso_type != 0 { segmentSize = Int(facts.vnet.gso_size) }
    self.nanoseconds = nanoseconds
  }
}
