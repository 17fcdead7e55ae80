import Migration
import Testing
import Units

struct WireTests {
  @Test func `a greeting survives the wire`() throws {
    var profile = VMProfile.small("vm-ä")
    (profile.zeroShare, profile.duplicateShare) = (0.25, 0.125)
    var hello = Hello(profile: profile, migration: (3, .max))
    (hello.connection, hello.connections, hello.resumes, hello.replies) = (2, 5, true, 77)
    #expect(hello.encoded.count == Hello.length)
    let decoded = try Hello(decoding: hello.encoded, from: "peer")
    #expect(decoded.migration == [3, .max])
    #expect(decoded.profile.name == "vm-ä")
    #expect(decoded.profile.memory == profile.memory)
    #expect(decoded.profile.dirtyRate == profile.dirtyRate)
    #expect(decoded == hello)
  }

  @Test func `a changed greeting is refused or means the same to both, and never more memory than allowed`() {
    let encoded = Hello(profile: .small(), migration: (1, 2)).encoded
    var random = SplitMix64(seed: 11)
    for _ in 0..<5000 {
      var bytes = encoded
      bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      guard let decoded = try? Hello(decoding: bytes, from: "peer") else { continue }
      #expect(decoded.profile.memory <= VMProfile.largestMemory)
      #expect(decoded.profile.workingSet <= decoded.profile.memory)
      #expect(decoded.profile.name.utf8.count <= 3 * VMProfile.largestNameLength)
    }
  }

  static let counts = ConnectionCounts(records: [7, .max, 0], closed: [false, true, false])
  static let controls: [ControlRecord] = [
    .roundEnd(5, counts), .finish(Digest(low: 1, high: .max), counts), .release, .verdict(mismatchingPages: 9),
    .cancel("why"), .roundDone(received: [1, .max], wanted: [3, 70_000]), .roundDone(received: [4], wanted: []),
    .complete(Digest(low: 2, high: 3)), .running, .done,
  ]

  @Test(arguments: controls)
  func `a record survives the wire`(record: ControlRecord) throws {
    let bytes = record.encoded(sequence: 77)
    let header = try #require(bytes.withUnsafeBytes { RecordHeader(reading: $0.baseAddress!, expected: 77) })
    let body = Array(bytes.dropFirst(WireFormat.recordHeaderLength))
    #expect(header.bodyLength == UInt64(body.count))
    #expect(ControlRecord(header, body: body) == record)
  }

  @Test func `a header out of sequence or with lengths that disagree is refused`() {
    func reads(_ header: RecordHeader, expected: UInt32 = 4) -> Bool {
      var bytes = [UInt8](repeating: 0, count: WireFormat.recordHeaderLength)
      return bytes.withUnsafeMutableBytes {
        header.write(to: $0.baseAddress!)
        return RecordHeader(reading: $0.baseAddress!, expected: expected) != nil
      }
    }
    #expect(reads(RecordHeader(.pages, sequence: 4, pages: 2, value: 1, bodyLength: 8192)))
    #expect(!reads(RecordHeader(.pages, sequence: 4, pages: 2, value: 1, bodyLength: 8192), expected: 5))
    #expect(!reads(RecordHeader(.pages, sequence: 4, pages: 2, value: 1, bodyLength: 8191)))
    #expect(!reads(RecordHeader(.pages, sequence: 4, pages: 0, value: 1, bodyLength: 0)))
    #expect(!reads(RecordHeader(.pages, sequence: 4, pages: 257, value: 1, bodyLength: 257 * 4096)))
    #expect(!reads(RecordHeader(.zeroPages, sequence: 4, pages: 3, value: 1, bodyLength: 1)))
    #expect(!reads(RecordHeader(.finish, sequence: 4, bodyLength: 15)))
    #expect(!reads(RecordHeader(.cancel, sequence: 4, bodyLength: 513)))
    #expect(!reads(RecordHeader(.duplicates, sequence: 4, pages: 2, bodyLength: 47)))
    // No codec is named.
    #expect(!reads(RecordHeader(.compressed, sequence: 4, pages: 2, bodyLength: 100)))
    #expect(!reads(RecordHeader(.release, sequence: 4, bodyLength: 1)))
  }

  @Test func `a peer's words stay on one line`() {
    #expect(ControlRecord.oneLine(Array("a\nb\u{1B}[2J\u{7F}c".utf8)) == "a b [2J c")
  }
}
