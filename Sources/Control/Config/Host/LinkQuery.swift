import Glibc
import Ports

/// One device by rtnetlink(7): the only interface that tells whether an XDP program is attached.
struct LinkQuery {
  var index: UInt32 = 0
  /// Its own name, also when it was asked for by an alternative one.
  var name = ""
  /// `veth`, `tun`, `vlan`; empty for hardware.
  var kind = ""
  var isEthernet = false
  var master: String?
  /// The device that this one lies upon (vlan, macvlan), or its peer (veth); nil when in another namespace.
  var lower: UInt32?
  /// 0 when several are attached (native and offloaded).
  var xdpProgram: UInt32?

  /// linux/rtnetlink.h, linux/if_link.h and linux/if_arp.h, which Glibc's module leaves out.
  private enum Constant {
    static let getLink: UInt16 = 18
    static let newLink: UInt16 = 16
    static let request: UInt16 = 1
    static let routeProtocol: Int32 = 0
    static let name: UInt16 = 3
    static let lower: UInt16 = 5
    static let master: UInt16 = 10
    static let information: UInt16 = 18
    static let informationKind: UInt16 = 1
    static let lowerNamespace: UInt16 = 37
    static let xdp: UInt16 = 43
    static let xdpAttached: UInt16 = 2
    static let xdpProgram: UInt16 = 4
    static let ethernet: UInt16 = 1
    static let headerBytes = 16
    static let linkBytes = 16
    /// An attribute's type without its flags (nested, byte order).
    static let typeMask: UInt16 = 0x3FFF
  }

  /// nil when there is no such device, or the kernel does not answer.
  static func link(named name: String) -> LinkQuery? {
    let fd = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Constant.routeProtocol)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    let message = request(name)
    guard send(fd, message, message.count, 0) == message.count else { return nil }
    var answer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(fd, &answer, answer.count, 0)
    guard count >= Constant.headerBytes + Constant.linkBytes else { return nil }
    return LinkQuery(answer: Array(answer[..<count]))
  }

  private static func request(_ name: String) -> [UInt8] {
    let text = Array(name.utf8) + [0]
    var attribute = bytes(UInt16(4 + text.count)) + bytes(Constant.name) + text
    while attribute.count % 4 != 0 { attribute.append(0) }
    let length = Constant.headerBytes + Constant.linkBytes + attribute.count
    let header = bytes(UInt32(length)) + bytes(Constant.getLink) + bytes(Constant.request) + bytes(UInt64(0))
    return header + [UInt8](repeating: 0, count: Constant.linkBytes) + attribute
  }

  private init?(answer: [UInt8]) {
    guard Self.number(UInt16.self, answer, 4) == Constant.newLink else { return nil }
    isEthernet = Self.number(UInt16.self, answer, Constant.headerBytes + 2) == Constant.ethernet
    index = Self.number(UInt32.self, answer, Constant.headerBytes + 4)
    let end = min(answer.count, Int(Self.number(UInt32.self, answer, 0)))
    let attributes = Self.attributes(answer, (Constant.headerBytes + Constant.linkBytes)..<end)
    name = Self.text(answer, attributes[Constant.name])
    if let information = attributes[Constant.information] {
      kind = Self.text(answer, Self.attributes(answer, information)[Constant.informationKind])
    }
    if let at = attributes[Constant.lower], at.count >= 4, attributes[Constant.lowerNamespace] == nil {
      lower = Self.number(UInt32.self, answer, at.lowerBound)
    }
    if let at = attributes[Constant.master], at.count >= 4 {
      let index = Self.number(UInt32.self, answer, at.lowerBound)
      master = NetdevFacts.name(ofIndex: index) ?? "device \(index)"
    }
    guard let xdp = attributes[Constant.xdp] else { return }
    let nested = Self.attributes(answer, xdp)
    guard let attached = nested[Constant.xdpAttached]?.first, answer[attached] != 0 else { return }
    let program = nested[Constant.xdpProgram]
    xdpProgram = program.map { $0.count >= 4 ? Self.number(UInt32.self, answer, $0.lowerBound) : 0 } ?? 0
  }

  private static func text(_ message: [UInt8], _ range: Range<Int>?) -> String {
    String(decoding: message[range ?? 0..<0].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Where each attribute's value lies, by type.
  private static func attributes(_ message: [UInt8], _ range: Range<Int>) -> [UInt16: Range<Int>] {
    var found: [UInt16: Range<Int>] = [:]
    var at = range.lowerBound
    while at + 4 <= range.upperBound {
      let length = Int(number(UInt16.self, message, at))
      guard length >= 4, at + length <= range.upperBound else { break }
      found[number(UInt16.self, message, at + 2) & Constant.typeMask] = (at + 4)..<(at + length)
      at += (length + 3) & ~3
    }
    return found
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

  private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type, _ message: [UInt8], _ offset: Int
  ) -> Number {
    message.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }
}
