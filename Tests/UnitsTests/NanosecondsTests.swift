import Testing
import Units

@Suite struct NanosecondsTests {
  @Test(
    arguments: [
      ("1us", 1000), ("500us", 500_000), ("1.5ms", 1_500_000), ("300s", 300_000_000_000), ("5min", 300_000_000_000),
    ] as [(String, UInt64)])
  func itReadsATime(text: String, count: UInt64) throws {
    #expect(try Nanoseconds(parsing: text) == Nanoseconds(count))
  }

  @Test(
    arguments: [
      (0, "0ns"), (999, "999ns"), (1000, "1us"), (1_500_000, "1.5ms"), (90_000_000_000, "1.5min"),
      (59_000_000_000, "59s"), (300_000_000_000, "5min"),
    ] as [(UInt64, String)])
  func itWritesATime(count: UInt64, text: String) {
    #expect(Nanoseconds(count).description == text)
  }

  @Test func whatIsWrittenReadsAsTheSame() throws {
    for unit in [1000, 1_000_000, 1_000_000_000, 60_000_000_000] as [UInt64] {
      for n in 1..<60 as Range<UInt64> {
        let time = Nanoseconds(unit * n)
        #expect(try Nanoseconds(parsing: time.description) == time)
      }
    }
  }

  @Test func differencesDoNotGoBelowZero() {
    #expect(Nanoseconds(5) - Nanoseconds(3) == Nanoseconds(2))
    #expect(Nanoseconds(3) - Nanoseconds(5) == Nanoseconds(0))
    #expect(Nanoseconds.seconds(2) + .milliseconds(1) == Nanoseconds(2_001_000_000))
    #expect(Nanoseconds.milliseconds(1500).seconds == 1.5)
  }

  @Test func refusalsSayWhatToWrite() {
    #expect(
      refusal(of: "300") { text throws(UnitError) in try Nanoseconds(parsing: text) }
        == "'300' is a bare number: a time needs its unit; write e.g. 300s")
    for text in ["5m", "5sec", "5h", "5ns", "5S"] {
      #expect(
        refusal(of: text) { text throws(UnitError) in try Nanoseconds(parsing: text) }
          == "'\(text)' is not a time: units are us, ms, s and min; write e.g. 300s")
    }
    #expect(
      refusal(of: "soon") { text throws(UnitError) in try Nanoseconds(parsing: text) }
        == "'soon' is not a time; write e.g. 300s")
  }
}
