import Testing
import Units

@Suite struct ShareTests {
  @Test(arguments: [("15%", 0.15), ("100%", 1), ("0.5%", 0.005), ("12.5%", 0.125)])
  func itReadsAndWritesAShare(text: String, fraction: Double) throws {
    let share = try Share(parsing: text)
    #expect(abs(share.fraction - fraction) < 1e-12)
    #expect(share.description == text)
  }

  @Test func refusalsSayWhatToWrite() {
    #expect(
      refusal(of: "15") { text throws(UnitError) in try Share(parsing: text) }
        == "'15' is a bare number: a share needs its unit; write e.g. 15%")
    for text in ["0%", "101%", "15percent", "15%%"] {
      #expect(
        refusal(of: text) { text throws(UnitError) in try Share(parsing: text) }
          == "'\(text)' is not a share; write more than 0% and at most 100%, e.g. 15%")
    }
    #expect(
      refusal(of: "half") { text throws(UnitError) in try Share(parsing: text) }
        == "'half' is not a share; write e.g. 15%")
  }
}
