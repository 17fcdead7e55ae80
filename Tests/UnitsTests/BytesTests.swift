import Testing
import Units

@Suite struct BytesTests {
  @Test(
    arguments: [
      ("0B", 0), ("1500B", 1500), ("1KiB", 1024), ("256KiB", 262_144), ("64MiB", 67_108_864), ("1.5GiB", 1_610_612_736),
      ("0.5KiB", 512), (".5KiB", 512),
    ] as [(String, UInt64)])
  func itReadsASize(text: String, count: UInt64) throws {
    #expect(try Bytes(parsing: text) == Bytes(count))
  }

  @Test(
    arguments: [
      (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1500, "1500B"), (1 << 20, "1MiB"), (3 << 19, "1536KiB"),
      (1 << 30, "1GiB"), (1 << 40, "1024GiB"),
    ] as [(UInt64, String)])
  func itWritesTheLargestUnitThatDivides(count: UInt64, text: String) {
    #expect(Bytes(count).description == text)
  }

  @Test func whatIsWrittenReadsAsTheSame() throws {
    for shift in 0..<60 as Range<UInt64> {
      for offset in [0, 1, 3] as [UInt64] where shift + offset <= 52 {
        let bytes = Bytes(1 << shift + offset << 3)
        #expect(try Bytes(parsing: bytes.description) == bytes)
      }
    }
  }

  @Test func refusalsSayWhatToWrite() {
    #expect(
      refusal(of: "64") { text throws(UnitError) in try Bytes(parsing: text) }
        == "'64' is a bare number: a size needs its unit; write e.g. 64MiB")
    let unit = "is not a size: units are B, KiB, MiB and GiB (powers of 1024); write e.g. 64MiB"
    for text in ["64MB", "64M", "64 MiB", "64mib", "1e3B", "64MiBx"] {
      #expect(refusal(of: text) { text throws(UnitError) in try Bytes(parsing: text) } == "'\(text)' \(unit)")
    }
    for text in ["", "MiB", "-1MiB", "1.2.3MiB", "½KiB", "lots", ".B"] {
      #expect(
        refusal(of: text) { text throws(UnitError) in try Bytes(parsing: text) }
          == "'\(text)' is not a size; write e.g. 64MiB")
    }
    #expect(
      refusal(of: "9999999999GiB") { text throws(UnitError) in try Bytes(parsing: text) }
        == "'9999999999GiB' is too large")
  }
}
