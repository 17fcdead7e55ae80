import Measure
import Testing

@Suite struct SummaryTests {
  @Test func medianOfAnOddCountIsTheMiddleValue() {
    #expect(Summary.median([9, 1, 5]) == 5)
  }

  @Test func medianOfAnEvenCountIsTheMeanOfTheMiddleTwo() {
    #expect(Summary.median([4, 1, 100, 2]) == 3)
  }

  @Test func nothingAndNotANumberHaveNoMedian() {
    #expect(Summary.median([]) == nil)
    #expect(Summary.median([1, .nan]) == nil)
    #expect(Summary([]) == nil)
  }

  @Test func rangeIsLowestToHighest() throws {
    let summary = try #require(Summary([3, 1, 2]))
    #expect(summary.lowest == 1)
    #expect(summary.highest == 3)
    #expect(summary.median == 2)
    #expect(summary.count == 3)
  }

  @Test func representativeIsTheRepeatNearestToTheMedian() {
    #expect(Summary.representative(of: [10, 1, 5, 6]) == 2)
    #expect(Summary.representative(of: []) == nil)
  }
}
