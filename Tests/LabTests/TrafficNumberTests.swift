import Foundation
import Lab
import Testing

/// What `traffic number receive` prints.
struct NumberReport: Decodable {
  struct Flow: Decodable {
    var received: Int
    var lost: Int
    var outOfOrder: Int
    var duplicates: Int
  }
  var expected: Int
  var received: Int
  var lost: Int
  var outOfOrder: Int
  var duplicates: Int
  var damaged: Int
  var foreign: Int
  var perFlow: [Flow]

  init(_ json: String) throws { self = try JSONDecoder().decode(NumberReport.self, from: Data(json.utf8)) }
}

/// The receiver's judgement, over loopback: datagrams written here by hand.
@Suite(.serialized) struct TrafficNumberTests {
  private static let port: UInt16 = 17_131

  /// Flow of flows, number of total, in the layout the receiver states.
  private func datagram(_ flow: UInt16, of flows: UInt16 = 2, _ number: UInt64, total: UInt64 = 9) -> [UInt8] {
    func big(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
    return big(UInt16(0x4D52)) + big(flow) + big(flows) + big(total) + big(number)
  }

  /// What the receiver says of these datagrams, in this order.
  private func judgement(_ datagrams: [[UInt8]], idle: String = "0.3") async throws -> NumberReport {
    let receiver = try HostProcess([
      try BuiltProgram.path("traffic"), "number", "receive", "--address", "127.0.0.1", "--port", "\(Self.port)",
      "--idle", idle,
    ])
    defer { receiver.signal(SIGKILL) }
    try await receiver.prints("ready")
    let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    var to = sockaddr_in()
    to.sin_family = sa_family_t(AF_INET)
    to.sin_port = Self.port.bigEndian
    to.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafeBytes(of: &to) {
      connect(sender, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    try #require(connected == 0)
    for bytes in datagrams { try #require(send(sender, bytes, bytes.count, 0) == bytes.count) }
    #expect(try await receiver.wait() == 0)
    return try NumberReport(receiver.output)
  }

  @Test func everythingInOrder() async throws {
    let all = (0..<5).flatMap { number in (0..<2).map { (UInt16($0), UInt64(number)) } }.dropLast()
    let report = try await judgement(all.map { datagram($0, $1) })
    #expect(report.expected == 9 && report.received == 9 && report.lost == 0)
    #expect(report.outOfOrder == 0 && report.duplicates == 0 && report.damaged == 0 && report.foreign == 0)
    #expect(report.perFlow.map(\.received) == [5, 4])
  }

  @Test func lostOvertakenAndRepeatedAreToldApart() async throws {
    // Flow 0 gets 0 2 1 1 4: 1 was overtaken and came twice, 3 is lost. Flow 1 gets 3 0: 0 was overtaken.
    let report = try await judgement([
      datagram(0, 0), datagram(0, 2), datagram(1, 3), datagram(0, 1), datagram(0, 1), datagram(0, 4), datagram(1, 0),
    ])
    #expect(report.perFlow.map(\.received) == [4, 2])
    #expect(report.perFlow.map(\.lost) == [1, 2])
    #expect(report.perFlow.map(\.outOfOrder) == [1, 1])
    #expect(report.perFlow.map(\.duplicates) == [1, 0])
    #expect(report.received == 6 && report.lost == 3 && report.outOfOrder == 2 && report.duplicates == 1)
  }

  @Test func theSendersWordEndsTheRunAlsoWhenSomeWereLost() async throws {
    let end = UInt64.max
    // Far longer than this test waits.
    let report = try await judgement(
      [datagram(1, 1), datagram(0, end), datagram(1, end), datagram(1, end)], idle: "600")
    #expect(report.received == 1 && report.lost == 8 && report.foreign == 0 && report.duplicates == 0)
  }

  @Test func whatIsNotOfTheRunIsForeignAndDamageShows() async throws {
    let report = try await judgement([
      datagram(0, 0), Array("hello, is anybody there?".utf8), datagram(0, of: 3, 0), datagram(2, 0), datagram(0, 5),
      datagram(0, 1) + [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ])
    #expect(report.foreign == 4)
    #expect(report.damaged == 1)
    #expect(report.received == 2)
  }
}
