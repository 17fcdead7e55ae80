import Wire

/// The payload of a numbered datagram, in network byte order:
///
///     0  magic 0x4D52          2  flow                4  flows
///     6  datagrams of all flows together (8 bytes)   14  number within the flow, from 0 (8 bytes)
///     22 pattern, up to the end
///
/// 22 bytes, so that a 64-byte IPv4 frame holds it. The number 2^64 - 1 says that the flow has ended.
struct NumberedDatagram: Equatable {
  static let length = 22
  static let magic: UInt16 = 0x4D52
  static let end = UInt64.max

  var flow: UInt16
  var flows: UInt16
  /// Of all flows together.
  var total: UInt64
  var number: UInt64

  /// How many datagrams a flow has: the total is dealt out in turns.
  static func count(of flow: Int, flows: Int, total: UInt64) -> UInt64 {
    total / UInt64(flows) + (UInt64(flow) < total % UInt64(flows) ? 1 : 0)
  }

  /// - Parameter length: bytes at `bytes`, at least 22.
  func write(to bytes: UnsafeMutableRawPointer, length: Int) {
    bytes.setBig16(Self.magic, 0)
    bytes.setBig16(flow, 2)
    bytes.setBig16(flows, 4)
    bytes.storeBytes(of: total.bigEndian, toByteOffset: 6, as: UInt64.self)
    bytes.storeBytes(of: number.bigEndian, toByteOffset: 14, as: UInt64.self)
    var word = seed
    for offset in stride(from: Self.length, to: length - 7, by: 8) {
      bytes.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
      word &+= Self.step
    }
    for offset in (length - (length - Self.length) % 8)..<length {
      bytes.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Nil when the bytes are no numbered datagram.
  init?(reading bytes: UnsafeRawPointer, length: Int) {
    guard length >= Self.length, bytes.big16(0) == Self.magic else { return nil }
    flow = bytes.big16(2)
    flows = bytes.big16(4)
    total = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt64.self))
    number = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 14, as: UInt64.self))
    let count = flow < flows ? Self.count(of: Int(flow), flows: Int(flows), total: total) : 0
    guard flow < flows, number < count || number == Self.end else { return nil }
  }

  init(flow: UInt16, flows: UInt16, total: UInt64, number: UInt64) {
    (self.flow, self.flows, self.total, self.number) = (flow, flows, total, number)
  }

  /// Whether the pattern is as it was written. Between veth ends nobody checks the UDP checksum: what damages a frame
  /// on the way shows here.
  func isIntact(_ bytes: UnsafeRawPointer, length: Int) -> Bool {
    var word = seed
    for offset in stride(from: Self.length, to: length - 7, by: 8) {
      if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != word { return false }
      word &+= Self.step
    }
    for offset in (length - (length - Self.length) % 8)..<length {
      if bytes.load(fromByteOffset: offset, as: UInt8.self) != UInt8(truncatingIfNeeded: word) { return false }
    }
    return true
  }

  /// Each datagram's pattern starts elsewhere: the pattern of another frame is damage too.
  private var seed: UInt64 { (UInt64(flow) << 48 ^ number) &* Self.step }
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
}
