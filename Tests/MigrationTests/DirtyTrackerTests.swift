import Glibc
import Migration
import Testing
import Units

struct DirtyTrackerTests {
  static func makeTrackers(_ image: MemoryImage) throws -> [any DirtyTracker] {
    let comparing = ComparingTracker(image, reason: "a test")
    // Without root the kernel may refuse it (vm.unprivileged_userfaultfd).
    guard geteuid() == 0 else { return [comparing] }
    return [try UserfaultTracker(image), comparing]
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func `finds exactly the pages written`(seed: UInt64) throws {
    let image = try MemoryImage(byteCount: 3000 * MemoryImage.pageSize, name: "image")
    for (number, tracker) in try Self.makeTrackers(image).enumerated() {
      var random = SplitMix64(seed: seed * 2 + UInt64(number))
      try tracker.begin()
      for round in 0..<6 {
        var expected = Set<Int>()
        // From a few to nearly all, so that runs of every length and more regions than one scan returns appear.
        for _ in 0..<[0, 1, 30, 800, 3000, 9000][round] {
          let page = Int.random(in: 0..<image.pageCount, using: &random)
          let byte = Int.random(in: 0..<MemoryImage.pageSize, using: &random)
          image.page(page).storeBytes(of: UInt8(round + 1), toByteOffset: byte, as: UInt8.self)
          image.page(page).storeBytes(of: random.next(), as: UInt64.self)
          expected.insert(page)
        }
        var found = PageRuns()
        try tracker.take(into: &found)
        let wrong = Set(found.runs.flatMap { $0.first..<$0.end }).symmetricDifference(expected)
        #expect(wrong.count == 0, "\(tracker.method), round \(round): pages \(wrong.sorted().prefix(5))")
        #expect(found.pageCount == expected.count)
      }
    }
  }

  @Test func `a page written and not written again is found once`() throws {
    let image = try MemoryImage(byteCount: 64 * MemoryImage.pageSize, name: "image")
    for tracker in try Self.makeTrackers(image) {
      try tracker.begin()
      image.page(9).storeBytes(of: UInt64.random(in: 1 ... .max), as: UInt64.self)
      var pages = PageRuns()
      try tracker.take(into: &pages)
      #expect(pages.runs == [PageRun(first: 9, count: 1)])
      try tracker.take(into: &pages)
      #expect(pages.isEmpty)
    }
  }

  /// A writer that never stops, over more scattered pages than the kernel lists at a time: what is in no take is in the
  /// next, so a copy kept from the takes alone equals the image once the writer has stopped.
  @Test func `no write is lost while pages are taken`() throws {
    let pages = 32768
    let profile = VMProfile(
      name: "busy", memory: Bytes(UInt64(pages * MemoryImage.pageSize)), dirtyRate: Bytes(2 << 30),
      workingSet: Bytes(UInt64(pages * MemoryImage.pageSize)))
    let image = try MemoryImage(byteCount: pages * MemoryImage.pageSize, name: "image")
    let copy = try MemoryImage(byteCount: pages * MemoryImage.pageSize, name: "copy")
    let tracker = try #require(try Self.makeTrackers(image).first)
    let writers = (0..<2).map { Writer(image: image, profile: profile, lane: UInt64($0)) }
    try tracker.begin()
    for writer in writers { writer.start() }
    var dirty = PageRuns()
    func follow() throws {
      try tracker.take(into: &dirty)
      for run in dirty.runs {
        copy.page(run.first).copyMemory(from: image.page(run.first), byteCount: run.count * MemoryImage.pageSize)
      }
    }
    while writers.reduce(0, { $0 + $1.pagesWritten }) < 300_000 { try follow() }
    for writer in writers { writer.pause() }
    try follow()
    #expect(copy.digest == image.digest, "\(tracker.method)")
    for writer in writers { writer.stop() }
  }

  @Test func `says why the kernel's tracking is not used`() throws {
    let image = try MemoryImage(byteCount: MemoryImage.pageSize, name: "image")
    #expect(ComparingTracker(image, reason: "no userfaultfd").method == "comparing page digests (no userfaultfd)")
  }
}
