import Foundation
import Measure
import Testing
import Units

@Suite struct MigrationMeasurementTests {
  /// Two migrations, from 1 s to 4 s and from 1.5 s to 5 s.
  private func sent(verified: Bool = true, secondStart: UInt64 = 1_500_000_000) throws -> SentMigrations {
    let text = """
      {"seconds": 4, "bytes": 3000, "goodputBitsPerSecond": 6000, "migrations": [
        {"bytes": 1000, "openingSeconds": 0.1, "blackoutMilliseconds": 7, "verified": true,
         "startNanoseconds": 1000000000, "endNanoseconds": 4000000000},
        {"bytes": 2000, "openingSeconds": 0.1, "blackoutMilliseconds": 9, "verified": \(verified),
         "startNanoseconds": \(secondStart), "endNanoseconds": 5000000000}]}
      """
    return try JSONDecoder().decode(SentMigrations.self, from: Data(text.utf8))
  }

  /// A read every 0.4 s: 1,000 bytes a second arrive over the link, one worker is half busy.
  private func samples(to end: UInt64 = 52) -> [SwitchSample] {
    stride(from: 8, through: end, by: 4).map { tenths in
      let seconds = Double(tenths) / 10
      return SwitchSample(
        time: .milliseconds(tenths * 100),
        ports: [
          .init(name: "link", receivedBytes: UInt64(seconds * 1000), transmittedBytes: 0, overrunFrames: 0),
          .init(name: "other", receivedBytes: UInt64(seconds * 7), transmittedBytes: 0, overrunFrames: 0),
        ],
        workers: [
          .init(worker: 0, cpu: 0, loadSeconds: seconds / 2, frames: UInt64(seconds * 10)),
          .init(worker: 1, cpu: 1, loadSeconds: 0, frames: 0),
        ])
    }
  }

  @Test func throughputIsTakenWhileAllAreUnderWay() throws {
    let result = try MigrationMeasurement(sent: sent(), samples: samples(), linkPorts: ["link"], reorderings: 0)
      .result()
    #expect(abs(result.windowSeconds - 2.5) < 1e-9)
    #expect(abs(result.throughputBitsPerSecond - 8000) < 1e-6)
    #expect(abs(result.workers[0].load - 0.5) < 1e-9)
    #expect(abs(result.workers[0].frames - 25) < 1.1)
    #expect(result.workers[1].load == 0)
  }

  @Test func goodputIsOverTheWholeTime() throws {
    let result = try MigrationMeasurement(sent: sent(), samples: samples(), linkPorts: ["link"], reorderings: 3)
      .result()
    #expect(result.seconds == 4)
    #expect(result.bytes == 3000)
    #expect(result.goodputBitsPerSecond == 6000)
    #expect(result.blackoutMilliseconds == 9)
    #expect(result.reorderings == 3)
  }

  @Test func oneMigrationThatIsNotVerifiedMakesTheRepeatSo() throws {
    let measured = MigrationMeasurement(
      sent: try sent(verified: false), samples: samples(), linkPorts: ["link"], reorderings: 0)
    #expect(try !measured.result().verified)
  }

  @Test func migrationsOneAfterAnotherAreRefused() throws {
    let apart = MigrationMeasurement(
      sent: try sent(secondStart: 4_000_000_000), samples: samples(), linkPorts: ["link"], reorderings: 0)
    #expect(throws: ExperimentError.self) { try apart.result() }
  }

  @Test func countersThatEndTooEarlyAreRefused() throws {
    let short = MigrationMeasurement(sent: try sent(), samples: samples(to: 36), linkPorts: ["link"], reorderings: 0)
    #expect(throws: ExperimentError.self) { try short.result() }
  }
}

@Suite struct SpreadMatrixTests {
  @Test func theFullMatrixHasEverySteeringMigrationsAndTargets() {
    let names = Set(SpreadCase.full.map(\.name))
    for steering in ["single", "vmq", "vmq-vrss", "rss"] {
      for migrations in [1, 4, 8] {
        for targets in [1, 4] { #expect(names.contains("\(steering)-\(migrations)-to-\(targets)")) }
      }
    }
  }

  @Test func namesAreUniqueAndPlain() {
    let names = SpreadCase.full.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }) }
  }

  @Test func theShortenedFormIsPartOfTheFullOne() {
    #expect(Set(SpreadCase.quick).isSubset(of: Set(SpreadCase.full)))
  }

  @Test func bothFormsHaveRealCoresAndALiftedLink() {
    for cases in [SpreadCase.full, SpreadCase.quick] {
      #expect(cases.contains { !$0.isEmulated })
      #expect(cases.contains { $0.isEmulated && !$0.isLimited })
      #expect(cases.contains { $0.sending != nil })
    }
  }

  @Test func theLinkIsSoWideThatOneWorkerCarriesLessThanTwoFifths() {
    let link = SpreadCalibration.link(for: BitRate(bitsPerSecond: 234_567_890))
    #expect(link == BitRate(bitsPerSecond: 617_000_000))
  }
}
