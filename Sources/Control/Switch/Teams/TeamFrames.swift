import Dataplane
import Units
import Wire

/// Frames that a team sends of its own.
enum TeamFrames {
  /// The EtherType for local experiments (IEEE 802, 9.2.4).
  private static let beaconType: UInt16 = 0x88B5
  private static let reverseARP: UInt16 = 0x8035

  /// Tells the other members on the same network that this one is there too.
  static func beacon(from member: MACAddress, tag: UInt16?) -> [UInt8] {
    frame(to: MACAddress(value: Team.beaconAddress), from: member, tag, beaconType, Array("Millrace team".utf8))
  }

  /// Makes physical switches learn an address where the frame comes in: a RARP request (RFC 903), which asks for
  /// nothing that anyone would answer.
  static func learning(_ address: MACAddress, tag: UInt16?) -> [UInt8] {
    let ethernetIPv4: [UInt8] = [0, 1, 8, 0, 6, 4]
    let request: [UInt8] = [0, 3]
    let ends = address.bytes + [0, 0, 0, 0] + address.bytes + [0, 0, 0, 0]
    return frame(to: .broadcast, from: address, tag, reverseARP, ethernetIPv4 + request + ends)
  }

  private static func frame(
    to destination: MACAddress, from source: MACAddress, _ tag: UInt16?, _ type: UInt16, _ payload: [UInt8]
  ) -> [UInt8] {
    let head = FrameBuilder(to: destination, from: source)
    let bytes = (tag.map { head.tagged($0) } ?? head).payload(type: type, payload)
    return bytes + [UInt8](repeating: 0, count: max(0, 60 - bytes.count))
  }
}
