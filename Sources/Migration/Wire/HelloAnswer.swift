/// The target's answer: `magic u64, version u16, status u16, text length u32, received u32, zeros u32`, then the text.
package enum HelloAnswer: Hashable, Sendable {
  /// With the count of records the target has from this connection's number.
  case accepted(received: UInt32)
  /// In words a user can act on. Of a migration under way: it ended here before the VM ran.
  case refused(String)
  /// The target takes no more at a time: ask again.
  case busy
  /// The migration is not known here (any more): its VM does not run here.
  case unknown
  /// The VM ran here and was dropped before it had all its pages (post-copy), and why.
  case lost(String)

  package static let length = 24

  package var encoded: [UInt8] {
    var (status, text, received): (UInt16, [UInt8], UInt32) = (0, [], 0)
    switch self {
    case .accepted(let count): received = count
    case .refused(let reason): (status, text) = (1, Array(reason.utf8.prefix(WireFormat.largestText)))
    case .busy: status = 2
    case .unknown: status = 3
    case .lost(let reason): (status, text) = (4, Array(reason.utf8.prefix(WireFormat.largestText)))
    }
    var wire = WireBytes(count: Self.length)
    wire.put(WireFormat.magic, at: 0)
    wire.put(WireFormat.version, at: 8)
    wire.put(status, at: 10)
    wire.put(UInt32(text.count), at: 12)
    wire.put(received, at: 16)
    return wire.bytes + text
  }

  /// Reads an answer from a connection.
  package static func receive(from connection: TCPConnection) throws(MigrationError) -> HelloAnswer {
    let peer = connection.place
    let wire = WireBytes(try connection.receive(count: length))
    let textLength = Int(wire.get(12, as: UInt32.self))
    guard wire.get(0) == WireFormat.magic, textLength <= WireFormat.largestText else {
      throw MigrationError(
        peer, "is not a migration target", fix: "check --to, and that 'millrace migrate receive' runs")
    }
    let version = wire.get(8, as: UInt16.self)
    guard version == WireFormat.version else {
      throw MigrationError(peer, "speaks version \(version), this is \(WireFormat.version)", fix: "use one version")
    }
    let text = ControlRecord.oneLine(try connection.receive(count: textLength))
    switch wire.get(10, as: UInt16.self) {
    case 0: return .accepted(received: wire.get(16))
    case 2: return .busy
    case 3: return .unknown
    case 4: return .lost(text)
    default: return .refused(text)
    }
  }
}
