import Control
import Dataplane
import Foundation
import Testing

@Suite("Meters are kept in a database")
struct MeterStoreTests {
  private let one = MeterKey(port: "vm1", direction: .in, end: .remote, address: "10.0.0.0/8")
  private let other = MeterKey(port: "vm2", direction: .out, end: .local, address: "any", meter: "tenant-a")

  private func withDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
  }

  private func record(_ key: MeterKey, _ frames: UInt64) -> MeterRecord {
    MeterRecord(key, RuleCells.Count(frames: frames, bytes: frames * 100))
  }

  @Test("what was saved is read again, numbers of 64 bits and the newest too")
  func roundTrip() async throws {
    try await withDirectory { directory in
      let large = MeterRecord(other, RuleCells.Count(frames: 3, bytes: .max))
      do {
        let store = try MeterStore(directory: directory)
        try await store.save([record(one, 5), large], minute: 100)
        try await store.save([record(one, 7)], minute: 101)
      }
      let read = try await MeterStore(directory: directory).load()
      #expect(Set(read) == [record(one, 7), large])
    }
  }

  @Test("a second switch in the same directory is refused")
  func exclusive() async throws {
    try await withDirectory { directory in
      let store = try MeterStore(directory: directory)
      try await store.save([record(one, 5)], minute: 100)
      let error = #expect(throws: ControlError.self) { try MeterStore(directory: directory) }
      #expect(error?.message.contains("another switch counts in it") == true, "\(error.map { "\($0)" } ?? "")")
    }
  }

  @Test("a file that is no database, or one from the future, is refused with what to do")
  func refusals() async throws {
    try await withDirectory { directory in
      let path = "\(directory)/meters.sqlite"
      try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ControlError.self) { try MeterStore(directory: directory) }
      #expect(error?.message.contains("move it away") == true, "\(error.map { "\($0)" } ?? "")")
    }
    let missing = #expect(throws: ControlError.self) { try MeterStore(directory: "/nowhere") }
    #expect(missing?.message.contains("/nowhere/meters.sqlite") == true)
  }

  @Test("the past is told by the minute")
  func history() async throws {
    try await withDirectory { directory in
      let store = try MeterStore(directory: directory)
      try await store.save([record(one, 5)], minute: 100)
      try await store.save([record(one, 6)], minute: 100)
      try await store.save([record(one, 9), record(other, 2)], minute: 103)
      #expect(try await store.totals(atEndOf: 99) == [])
      #expect(try await store.totals(atEndOf: 100) == [record(one, 6)])
      #expect(try await store.totals(atEndOf: 102) == [record(one, 6)])
      #expect(Set(try await store.totals(atEndOf: 500)) == [record(one, 9), record(other, 2)])
    }
  }

  @Test("of earlier days the hours stay, of earlier months the last total")
  func thinning() async throws {
    try await withDirectory { directory in
      let store = try MeterStore(directory: directory)
      let now = 60 * 24 * 100
      let hour = now - 60 * 24 * 3
      for minute in 0..<120 { try await store.save([record(one, UInt64(minute + 10))], minute: hour + minute) }
      let month = now - 60 * 24 * 40
      for minute in 0..<3 { try await store.save([record(other, UInt64(minute + 1))], minute: month + minute) }
      try await store.save([record(one, 500)], minute: now - 1)
      try await store.thin(minute: now)
      #expect(try await store.totals(atEndOf: hour + 58).contains { $0.key == one } == false)
      #expect(try await store.totals(atEndOf: hour + 59).contains(record(one, 69)))
      #expect(try await store.totals(atEndOf: hour + 118).contains(record(one, 69)))
      #expect(try await store.totals(atEndOf: hour + 119).contains(record(one, 129)))
      #expect(try await store.totals(atEndOf: now).contains(record(one, 500)))
      #expect(try await store.totals(atEndOf: now).contains(record(other, 3)))
      #expect(try await store.horizon() == now - 60 * 24 * 31)
    }
  }

  @Test("a history that grows too long is cut at its old end, and says so")
  func limit() async throws {
    try await withDirectory { directory in
      let store = try MeterStore(directory: directory)
      let now = 100_000
      for minute in 0..<50 { try await store.save([record(one, UInt64(minute + 1))], minute: now - 50 + minute) }
      try await store.thin(minute: now, samples: 20)
      let horizon = try await store.horizon()
      #expect(horizon == now - 20)
      #expect(try await store.totals(atEndOf: horizon) == [record(one, 31)])
      #expect(try await store.totals(atEndOf: now) == [record(one, 50)])
    }
  }

  @Test("a reset clears the past with the total; what no rule counts is forgotten")
  func reset() async throws {
    try await withDirectory { directory in
      let store = try MeterStore(directory: directory)
      try await store.save([record(one, 5), record(other, 6)], minute: 100)
      try await store.reset(zero: [one], forget: [other])
      #expect(try await store.load() == [record(one, 0)])
      #expect(try await store.totals(atEndOf: 200) == [])
    }
  }
}
