import CMillraceABI

/// Streams of one flow each, with everything that coalescing has to judge happening at random.
struct SegmentStream {
  /// A frame, and what the kernel says of it.
  struct Item {
    var frame: [UInt8]
    var flags: Int
    /// What a receiver must get: the frame, its checksum finished if that was left to do.
    var expected: [UInt8]
  }

  let number: Int
  let version: Int
  let transport: Transport
  let size: Int
  private let isPartial: Bool
  private let hasTimestamps: Bool
  private let isIdentificationFixed: Bool
  private let forbidsFragments: Bool
  private var sequence: UInt32
  private var identification: UInt16
  private var timestamp: UInt32 = 1
  private var acknowledgement: UInt32 = 77
  private var tos: UInt8 = 0
  private var hopLimit: UInt8 = 64
  private var window = 1000
  private var tci: Int?

  init(_ number: Int, _ random: inout SplitMix64, sizes: [Int] = [1, 22, 255, 256, 257, 536, 1400]) {
    self.number = number
    version = random.below(2) == 0 ? 4 : 6
    transport = random.below(3) == 0 ? .udp : .tcp
    size = sizes[random.below(sizes.count)]
    isPartial = random.below(2) == 0
    hasTimestamps = random.below(2) == 0
    isIdentificationFixed = random.below(3) == 0
    forbidsFragments = random.below(2) == 0
    sequence = random.below(3) == 0 ? 0xFFFF_F000 : UInt32(truncatingIfNeeded: random.next())
    identification = random.below(3) == 0 ? 0xFFFE : UInt16(truncatingIfNeeded: random.next())
    tci = random.below(4) == 0 ? 0x2005 : nil
  }

  /// The next frame, or several when something happens to them on the way.
  mutating func next(_ random: inout SplitMix64) -> [Item] {
    var payload = size
    var tcpFlags: UInt8 = 0x10
    var padding = 0
    var isFragment = false
    var checksum = isPartial ? ChecksumState.partial : .right
    var options: [UInt8] = []
    var ipOptions: [UInt8] = []
    var headerIsWrong = false
    var hasNoChecksum = false
    var isLost = false
    var isDoubled = false
    switch random.below(40) {
    case 0: payload = 1 + random.below(size)
    case 1: payload = size + 1 + random.below(40)
    case 2: payload = 0
    case 3: tcpFlags |= 0x08
    case 4: tcpFlags |= [0x01, 0x02, 0x04, 0x20, 0x40, 0x80][random.below(6)]
    case 5: checksum = .wrong
    case 6: isLost = true
    case 7: isDoubled = true
    case 8: tos = UInt8(random.below(4))
    case 9: hopLimit = hopLimit == 1 ? 64 : hopLimit - 1
    case 10: window += 1
    case 11: acknowledgement &+= 1
    case 12: timestamp &+= 1
    case 13: padding = 1 + random.below(9)
    case 14: isFragment = version == 4
    case 15: headerIsWrong = version == 4
    case 16: identification &+= 5
    case 17: ipOptions = version == 4 ? [1, 1, 1, 0] : []
    case 18: hasNoChecksum = transport == .udp && version == 4
    case 19: options = [1, 1, 1, 0]
    default: break
    }
    if hasTimestamps { options += [1, 1, 8, 10] + big32(timestamp) + big32(7) }
    var l4 = big16(40000 + number) + big16(5201)
    let data = pattern(payload, seed: UInt64(sequence) << 8 | UInt64(number))
    if transport == .tcp {
      l4 += big32(sequence) + big32(acknowledgement)
      l4 += [UInt8((20 + options.count) / 4) << 4, tcpFlags] + big16(window) + [0, 0, 0, 0] + options + data
    } else {
      l4 += big16(8 + payload) + [0, 0] + data
    }
    let addresses = pattern(version == 4 ? 8 : 32, seed: UInt64(number))
    let pseudo = onesSum(addresses + big16(0) + big16(l4.count) + big16(transport.rawValue))
    var field = onesSum(l4, from: pseudo) ^ 0xFFFF
    if field == 0 { field = 0xFFFF }
    let right = field
    if checksum == .partial { field = pseudo }
    if checksum == .wrong { field ^= 0x0404 }
    if hasNoChecksum && checksum != .partial { field = 0 }
    let place = transport.checksumOffset
    l4.replaceSubrange(place..<place + 2, with: big16(field))
    var header: [UInt8]
    if version == 4 {
      header = [0x45 + UInt8(ipOptions.count / 4), tos] + big16(20 + ipOptions.count + l4.count)
      header += big16(Int(identification)) + [(forbidsFragments ? 0x40 : 0) | (isFragment ? 0x20 : 0), 0]
      header += [hopLimit, UInt8(transport.rawValue), 0, 0] + addresses + ipOptions
      header.replaceSubrange(10..<12, with: big16(onesSum(header) ^ (headerIsWrong ? 0xFFFE : 0xFFFF)))
    } else {
      header = [0x60, tos << 4, 0, 0] + big16(l4.count) + [UInt8(transport.rawValue), hopLimit] + addresses
    }
    let frame = ethernet(
      to: station(1), from: station(100 + number), tci: tci, type: version == 4 ? 0x0800 : 0x86DD,
      payload: header + l4 + pattern(padding, seed: 7))
    var expected = frame
    if checksum == .partial && !isFragment {
      let at = frame.count - padding - l4.count + place
      expected.replaceSubrange(at..<at + 2, with: big16(right))
    }
    // Fragments of unfinished datagrams do not exist.
    let flags = MR_META_CHECKSUM_KNOWN | (checksum == .partial && !isFragment ? MR_META_PARTIAL : 0)
    sequence &+= UInt32(payload)
    if !isIdentificationFixed { identification &+= 1 }
    let item = Item(frame: frame, flags: flags, expected: expected)
    return isLost ? [] : isDoubled ? [item, item] : [item]
  }

  private func big32(_ value: UInt32) -> [UInt8] { big16(Int(value >> 16)) + big16(Int(value & 0xFFFF)) }
}

extension SplitMix64 {
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
