import Measure
import Testing
import Units

@Suite struct CounterSeriesTests {
  /// 100 a second at first, then 1,000 a second.
  let series = CounterSeries([
    .init(time: .seconds(10), value: 0), .init(time: .seconds(11), value: 100), .init(time: .seconds(12), value: 1100),
  ])

  @Test func aValueBetweenTwoReadsIsInterpolated() {
    #expect(series.value(at: .milliseconds(10_500)) == 50)
    #expect(series.value(at: .milliseconds(11_250)) == 350)
  }

  @Test func aValueAtAReadIsThatRead() {
    #expect(series.value(at: .seconds(10)) == 0)
    #expect(series.value(at: .seconds(11)) == 100)
    #expect(series.value(at: .seconds(12)) == 1100)
  }

  @Test func outsideTheReadsThereIsNoValue() {
    #expect(series.value(at: .milliseconds(9_999)) == nil)
    #expect(series.value(at: .milliseconds(12_001)) == nil)
    #expect(CounterSeries().value(at: .seconds(1)) == nil)
  }

  @Test func aWindowIsCutBetweenReads() throws {
    let window = try #require(Window(start: .milliseconds(10_500), end: .milliseconds(11_500)))
    #expect(series.growth(in: window) == 550)
    #expect(series.rate(in: window) == 550)
  }

  @Test func aWindowTheReadsDoNotCoverHasNoRate() throws {
    let window = try #require(Window(start: .seconds(11), end: .seconds(13)))
    #expect(series.rate(in: window) == nil)
  }

  @Test func readsThatAreNotLaterAreLeftOut() {
    var series = series
    series.append(.init(time: .seconds(12), value: 5000))
    series.append(.init(time: .seconds(11), value: 5000))
    #expect(series.samples.count == 3)
  }

  @Test func ratesAreGrowthASecondBetweenReads() {
    #expect(series.rates().map(\.value) == [100, 1000])
  }
}

@Suite struct WindowTests {
  let activities = [
    (start: Nanoseconds(10), end: Nanoseconds(50)), (start: Nanoseconds(20), end: Nanoseconds(40)),
    (start: Nanoseconds(15), end: Nanoseconds(60)),
  ]

  @Test func commonWindowIsFromTheLastStartToTheFirstEnd() throws {
    let window = try #require(Window(commonTo: activities))
    #expect(window.start.count == 20)
    #expect(window.end.count == 40)
  }

  @Test func spanIsFromTheFirstStartToTheLastEnd() throws {
    let window = try #require(Window(spanning: activities))
    #expect(window.start.count == 10)
    #expect(window.end.count == 60)
  }

  @Test func activitiesThatDoNotOverlapHaveNoCommonWindow() {
    #expect(Window(commonTo: [(Nanoseconds(1), Nanoseconds(2)), (Nanoseconds(2), Nanoseconds(3))]) == nil)
    #expect(Window(commonTo: []) == nil)
  }
}
