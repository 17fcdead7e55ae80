import Migration
import Testing
import Units

struct PageRunTests {
  @Test func `runs that touch become one`() {
    var runs = PageRuns()
    runs.append(PageRun(first: 1, count: 2))
    runs.append(PageRun(first: 3, count: 1))
    runs.append(PageRun(first: 5, count: 1))
    #expect(runs.runs == [PageRun(first: 1, count: 3), PageRun(first: 5, count: 1)])
    #expect(runs.pageCount == 4)
  }

  @Test func `a union holds the pages of both sets and no other`() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<300 {
      let sets = (0..<2).map { _ in
        Set((0..<Int.random(in: 0...40, using: &random)).map { _ in Int.random(in: 0..<60, using: &random) })
      }
      let runs = sets.map { set in
        set.sorted().reduce(into: PageRuns()) { $0.append(PageRun(first: $1, count: 1)) }
      }
      let union = runs[0].union(runs[1])
      #expect(union.runs.flatMap { Array($0.first..<$0.end) } == sets[0].union(sets[1]).sorted())
      #expect(union.pageCount == sets[0].union(sets[1]).count)
    }
  }
}
