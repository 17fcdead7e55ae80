/// The network layer of a frame under construction.
struct IPLayer: Sendable {
  var source: [UInt8]
  var destination: [UInt8]
  /// Behind the fixed header: IPv4 options, or IPv6 extension headers without their next-header bytes.
  var options: [UInt8] = []
  var extensions: [FrameBuilder.Extension] = []
  var fragmentField: UInt16 = 0
  var identification: UInt16 = 0
  var headerChecksum: FrameBuilder.Checksum = .right
  var timeToLive: UInt8 = 64

  var isIPv6: Bool { source.count == 16 }

  /// Addresses, length and protocol, as TCP and UDP sum them.
  func pseudoHeader(protocol proto: UInt8, length: Int) -> [UInt8] {
    source + destination + FrameBuilder.big(UInt32(length)) + [0, 0, 0, proto]
  }
}

extension FrameBuilder {
  /// An IPv6 extension header: its number, and its bytes behind the next-header byte (length included, or whatever).
  public struct Extension: Sendable {
    public var number: UInt8
    public var body: [UInt8]

    public init(number: UInt8, body: [UInt8]) { (self.number, self.body) = (number, body) }

    /// A well-formed options or routing header of 8 x (extra + 1) bytes.
    public static func options(_ number: UInt8, extraWords: UInt8 = 0) -> Extension {
      // PadN (RFC 8200 4.2) over the rest.
      let rest = 8 * (Int(extraWords) + 1) - 2
      let padding = [UInt8(1), UInt8(min(rest - 2, 255))] + [UInt8](repeating: 0, count: rest - 2)
      return Extension(number: number, body: [extraWords] + padding)
    }

    /// A fragment header. - Parameter offset: in 8-byte units.
    public static func fragment(offset: UInt16, more: Bool, identification: UInt32 = 1) -> Extension {
      Extension(
        number: IPProtocol.fragment,
        body: [0] + FrameBuilder.big(offset << 3 | (more ? 1 : 0)) + FrameBuilder.big(identification))
    }
  }

  /// - Parameters:
  ///   - options: a multiple of 4 bytes, at most 40.
  ///   - fragmentOffset: in 8-byte units.
  public func ipv4(
    _ source: String, _ destination: String, options: [UInt8] = [], fragmentOffset: UInt16 = 0,
    moreFragments: Bool = false, doNotFragment: Bool = false, identification: UInt16 = 0, timeToLive: UInt8 = 64,
    checksum: Checksum = .right
  ) -> FrameBuilder {
    var copy = self
    var layer = IPLayer(source: Self.address(source), destination: Self.address(destination))
    layer.options = options
    layer.fragmentField = fragmentOffset | (moreFragments ? 0x2000 : 0) | (doNotFragment ? 0x4000 : 0)
    (layer.identification, layer.headerChecksum, layer.timeToLive) = (identification, checksum, timeToLive)
    copy.ip = layer
    return copy
  }

  public func ipv6(
    _ source: String, _ destination: String, extensions: [Extension] = [], hopLimit: UInt8 = 64
  ) -> FrameBuilder {
    var copy = self
    var layer = IPLayer(source: Self.address(source), destination: Self.address(destination))
    (layer.extensions, layer.timeToLive) = (extensions, hopLimit)
    copy.ip = layer
    return copy
  }

  /// Ends the frame with any IP payload.
  public func ipPayload(protocol proto: UInt8, _ payload: [UInt8]) -> [UInt8] {
    guard let ip else { preconditionFailure("call ipv4 or ipv6 first") }
    return ip.isIPv6 ? endIPv6(ip, proto, payload) : endIPv4(ip, proto, payload)
  }

  private func endIPv4(_ ip: IPLayer, _ proto: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let headerLength = 20 + ip.options.count
    var header: [UInt8] = [0x40 | UInt8(headerLength / 4), 0]
    header += Self.big(UInt16(truncatingIfNeeded: headerLength + payload.count)) + Self.big(ip.identification)
    header += Self.big(ip.fragmentField) + [ip.timeToLive, proto, 0, 0] + ip.source + ip.destination + ip.options
    header.replaceSubrange(10..<12, with: Self.big(Self.field(~Self.sum(header), 0, ip.headerChecksum)))
    return link + Self.big(EtherType.ipv4) + header + payload
  }

  private func endIPv6(_ ip: IPLayer, _ proto: UInt8, _ payload: [UInt8]) -> [UInt8] {
    var chain: [UInt8] = []
    for (i, header) in ip.extensions.enumerated() {
      chain += [i + 1 < ip.extensions.count ? ip.extensions[i + 1].number : proto] + header.body
    }
    let length = UInt16(truncatingIfNeeded: chain.count + payload.count)
    let fixed =
      [0x60, 0, 0, 0] + Self.big(length) + [ip.extensions.first?.number ?? proto, ip.timeToLive]
      + ip.source + ip.destination
    return link + Self.big(EtherType.ipv6) + fixed + chain + payload
  }

  /// The field for a wish. - Parameters: the right checksum, and the sum a partial one holds.
  static func field(_ right: UInt16, _ partial: UInt16, _ wish: Checksum) -> UInt16 {
    switch wish {
    case .right: right
    case .wrong: right ^ (right == 0x0101 ? 0x0202 : 0x0101)
    case .partial: partial
    case .zero: 0
    }
  }
}
