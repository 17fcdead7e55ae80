/// How many records went over each connection, by its number; and which connections the source has given up.
package struct ConnectionCounts: Hashable, Sendable {
  package var records: [UInt32]
  /// Those the target shall close before it answers.
  package var closed: [Bool]

  package init(records: [UInt32], closed: [Bool]) {
    self.records = records
    self.closed = closed
  }
}

/// A record that carries no pages.
package enum ControlRecord: Hashable, Sendable {
  case roundEnd(Int, ConnectionCounts)
  case finish(Digest, ConnectionCounts)
  case release
  case verdict(mismatchingPages: Int)
  case cancel(String)
  /// What the target has received over each connection, and pages it asks for again.
  case roundDone(received: [UInt32], wanted: [Int])
  case complete(Digest)
  case running
  case done
  /// The pages that come after the hand-over; and that the target is ready for it.
  case postCopy(PageRuns)
  case ready

  /// Before the hand-over.
  package var canBeCancelled: Bool {
    switch self {
    case .release, .verdict: false
    default: true
    }
  }

  /// `roundDone` with as many pages as fit is the longest.
  package static let largestBody: UInt64 = 1 << 20
  /// Pages asked for again in one answer.
  package static let mostWanted = 200_000

  /// Header and body.
  package func encoded(sequence: UInt32) -> [UInt8] {
    var (kind, value): (RecordKind, UInt64)
    var body = WireBytes([])
    switch self {
    case .roundEnd(let round, let counts):
      (kind, value) = (.roundEnd, UInt64(round))
      body.append(counts)
    case .finish(let digest, let counts):
      (kind, value) = (.finish, 0)
      body.append(digest)
      body.append(counts)
    case .roundDone(let received, let wanted):
      (kind, value) = (.roundDone, UInt64(received.count))
      for count in received { body.append(count) }
      for page in wanted { body.append(UInt32(page)) }
    case .complete(let digest):
      (kind, value) = (.complete, 0)
      body.append(digest)
    case .release: (kind, value) = (.release, 0)
    case .verdict(let pages): (kind, value) = (.verdict, UInt64(pages))
    case .running: (kind, value) = (.running, 0)
    case .done: (kind, value) = (.done, 0)
    case .ready: (kind, value) = (.ready, 0)
    case .postCopy(let pages):
      (kind, value) = (.postCopy, 0)
      for run in pages.runs {
        body.append(UInt32(run.first))
        body.append(UInt32(run.count))
      }
    case .cancel(let text):
      (kind, value) = (.cancel, 0)
      body.bytes = Array(text.utf8.prefix(WireFormat.largestText))
    }
    var bytes = [UInt8](repeating: 0, count: WireFormat.recordHeaderLength)
    let header = RecordHeader(kind, sequence: sequence, value: value, bodyLength: UInt64(body.bytes.count))
    bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
    return bytes + body.bytes
  }

  /// From a checked header and its whole body; nil for what cannot be.
  package init?(_ header: RecordHeader, body: [UInt8]) {
    let wire = WireBytes(body)
    switch header.kind {
    case .pages, .zeroPages, .compressed, .duplicates: return nil
    case .roundEnd:
      guard let counts = wire.counts(from: 0) else { return nil }
      self = .roundEnd(Int(truncatingIfNeeded: header.value), counts)
    case .finish:
      guard let counts = wire.counts(from: 16) else { return nil }
      self = .finish(wire.digest, counts)
    case .roundDone:
      guard body.count % 4 == 0, header.value <= UInt64(body.count / 4) else { return nil }
      let words = (0..<(body.count / 4)).map { wire.get(4 * $0, as: UInt32.self) }
      let count = Int(header.value)
      self = .roundDone(received: Array(words[..<count]), wanted: words[count...].map { Int($0) })
    case .complete: self = .complete(wire.digest)
    case .release: self = .release
    case .verdict: self = .verdict(mismatchingPages: Int(truncatingIfNeeded: header.value))
    case .running: self = .running
    case .done: self = .done
    case .ready: self = .ready
    case .postCopy:
      guard let pages = wire.pageRuns else { return nil }
      self = .postCopy(pages)
    case .cancel: self = .cancel(Self.oneLine(body))
    }
  }

  /// What a peer wrote is shown to a person: on one line, without control characters.
  package static func oneLine(_ body: [UInt8]) -> String {
    String(
      String.UnicodeScalarView(
        String(decoding: body, as: UTF8.self).unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}

extension WireBytes {
  fileprivate mutating func append(_ counts: ConnectionCounts) {
    for (count, isClosed) in zip(counts.records, counts.closed) {
      append(count)
      append(UInt32(isClosed ? 1 : 0))
    }
  }

  fileprivate mutating func append(_ digest: Digest) {
    append(digest.low)
    append(digest.high)
  }

  /// At the start; the body is long enough.
  fileprivate var digest: Digest { Digest(low: get(0), high: get(8)) }

  /// Ascending runs that do not overlap.
  fileprivate var pageRuns: PageRuns? {
    guard bytes.count % 8 == 0 else { return nil }
    var pages = PageRuns()
    for place in stride(from: 0, to: bytes.count, by: 8) {
      let run = PageRun(first: Int(get(place, as: UInt32.self)), count: Int(get(place + 4, as: UInt32.self)))
      guard run.count > 0, run.first >= pages.runs.last?.end ?? 0 else { return nil }
      pages.append(run)
    }
    return pages
  }

  fileprivate func counts(from offset: Int) -> ConnectionCounts? {
    let length = bytes.count - offset
    guard length % 8 == 0, length / 8 >= 1, length / 8 <= WireFormat.mostConnections else { return nil }
    let places = (0..<(length / 8)).map { offset + 8 * $0 }
    return ConnectionCounts(records: places.map { get($0) }, closed: places.map { get($0 + 4, as: UInt32.self) != 0 })
  }
}
