/// A record that carries no pages.
package enum ControlRecord: Hashable, Sendable {
  case roundEnd(Int)
  case finish(Digest)
  case release
  case verdict(mismatchingPages: Int)
  case cancel(String)
  case roundDone(Int)
  case complete(Digest)
  case running
  case done
  case failed(String)

  /// Header and body.
  package func encoded(sequence: UInt32) -> [UInt8] {
    var (kind, value, body): (RecordKind, UInt64, [UInt8])
    switch self {
    case .roundEnd(let round): (kind, value, body) = (.roundEnd, UInt64(round), [])
    case .roundDone(let round): (kind, value, body) = (.roundDone, UInt64(round), [])
    case .finish(let digest): (kind, value, body) = (.finish, 0, Self.bytes(digest))
    case .complete(let digest): (kind, value, body) = (.complete, 0, Self.bytes(digest))
    case .release: (kind, value, body) = (.release, 0, [])
    case .verdict(let pages): (kind, value, body) = (.verdict, UInt64(pages), [])
    case .running: (kind, value, body) = (.running, 0, [])
    case .done: (kind, value, body) = (.done, 0, [])
    case .cancel(let text): (kind, value, body) = (.cancel, 0, Array(text.utf8.prefix(WireFormat.largestText)))
    case .failed(let text): (kind, value, body) = (.failed, 0, Array(text.utf8.prefix(WireFormat.largestText)))
    }
    var bytes = [UInt8](repeating: 0, count: WireFormat.recordHeaderLength)
    let header = RecordHeader(kind, sequence: sequence, value: value, bodyLength: UInt64(body.count))
    bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
    return bytes + body
  }

  /// From a checked header and its whole body; nil for records that carry pages.
  package init?(_ header: RecordHeader, body: [UInt8]) {
    switch header.kind {
    case .pages, .zeroPages: return nil
    case .roundEnd: self = .roundEnd(Int(truncatingIfNeeded: header.value))
    case .roundDone: self = .roundDone(Int(truncatingIfNeeded: header.value))
    case .finish: self = .finish(Self.digest(body))
    case .complete: self = .complete(Self.digest(body))
    case .release: self = .release
    case .verdict: self = .verdict(mismatchingPages: Int(truncatingIfNeeded: header.value))
    case .running: self = .running
    case .done: self = .done
    case .cancel: self = .cancel(Self.oneLine(body))
    case .failed: self = .failed(Self.oneLine(body))
    }
  }

  private static func bytes(_ digest: Digest) -> [UInt8] {
    var wire = WireBytes(count: 16)
    wire.put(digest.low, at: 0)
    wire.put(digest.high, at: 8)
    return wire.bytes
  }

  private static func digest(_ body: [UInt8]) -> Digest {
    let wire = WireBytes(body)
    return Digest(low: wire.get(0), high: wire.get(8))
  }

  /// What a peer wrote is shown to a person: on one line, without control characters.
  package static func oneLine(_ body: [UInt8]) -> String {
    String(
      String.UnicodeScalarView(
        String(decoding: body, as: UTF8.self).unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
