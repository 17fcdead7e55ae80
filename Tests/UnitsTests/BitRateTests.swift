import Testing
import Units

@Suite struct BitRateTests {
  @Test(
    arguments: [
      ("1bit", 1), ("56kbit", 56_000), ("100Mbit", 100_000_000), ("2.5Gbit", 2_500_000_000), ("0.25Mbit", 250_000),
      ("100Gbit", 100_000_000_000),
    ] as [(String, UInt64)])
  func itReadsARate(text: String, rate: UInt64) throws {
    #expect(try BitRate(parsing: text) == BitRate(bitsPerSecond: rate))
  }

  @Test(
    arguments: [
      (0, "0bit"), (999, "999bit"), (1000, "1kbit"), (1500, "1.5kbit"), (2_500_000_000, "2.5Gbit"),
      (1_234_567, "1.235Mbit"), (1_000_000_000_000, "1000Gbit"), (10_050_000, "10.05Mbit"),
    ] as [(UInt64, String)])
  func itWritesARateToThreeDecimals(rate: UInt64, text: String) {
    #expect(BitRate(bitsPerSecond: rate).description == text)
  }

  @Test func whatIsWrittenReadsAsTheSame() throws {
    for unit in [1, 1000, 1_000_000, 1_000_000_000] as [UInt64] {
      for thousandths in 1000..<2000 as Range<UInt64> where unit * thousandths % 1000 == 0 {
        let rate = BitRate(bitsPerSecond: unit * thousandths / 1000)
        #expect(try BitRate(parsing: rate.description) == rate)
      }
    }
  }

  @Test func refusalsSayWhatToWrite() {
    #expect(
      refusal(of: "100") { text throws(UnitError) in try BitRate(parsing: text) }
        == "'100' is a bare number: a rate needs its unit; write e.g. 2.5Gbit")
    for text in ["10Gbps", "10G", "10Gb", "10gbit", "10GiB"] {
      #expect(
        refusal(of: text) { text throws(UnitError) in try BitRate(parsing: text) }
          == "'\(text)' is not a rate: units are bit, kbit, Mbit and Gbit (powers of 1000); write e.g. 100Mbit")
    }
    #expect(
      refusal(of: "fast") { text throws(UnitError) in try BitRate(parsing: text) }
        == "'fast' is not a rate; write e.g. 2.5Gbit")
    #expect(
      refusal(of: "10000000000Gbit") { text throws(UnitError) in try BitRate(parsing: text) }
        == "'10000000000Gbit' is too large")
  }
}
