import Dataplane
import Rings
import Testing
import Units

@Suite struct ChainTests {
  @Test(arguments: [FrameArena.partCapacity, 2048, 1001, 97])
  func jumboFramesPassWholeWhateverTheirParts(part: Int) throws {
    let port = TestPort(maximumFrame: 9230)
    try withSwitch([port, port]) { bench in
      for length in [60, 1514, 3839, 3840, 3841, 7680, 7681, 9000, 9216, 9230] {
        let frame = ethernet(to: broadcast, from: station(1), payload: pattern(length - 14))
        bench.send(frame, at: 0, part: part)
        #expect(bench.take(1) == [frame], "length \(length)")
      }
      #expect(bench.drops == [])
    }
  }

  @Test func aFloodCopiesEveryPart() throws {
    let port = TestPort(maximumFrame: 9230)
    try withSwitch([port, port, port, port]) { bench in
      let frame = ethernet(to: broadcast, from: station(1), payload: pattern(9001))
      bench.send(frame, at: 1, part: 777)
      #expect(bench.takeAll() == [[frame], [], [frame], [frame]])
    }
  }

  @Test func aCopyThatRunsOutOfChunksHalfWayGivesThemBack() throws {
    let port = TestPort(maximumFrame: 9230)
    // 300 chunks: the injecting port caches 256 of them, the worker finds 44, no part of which may get lost.
    try withSwitch([port, port, port], arena: .init(300 * 4096)) { bench in
      let frame = ethernet(to: broadcast, from: station(1), payload: pattern(9001))
      for _ in 0..<4 { bench.inject(frame, at: 0, part: 240) }
      bench.run()
      #expect(bench.take(1) == [frame])
      #expect(bench.take(2) == [frame, frame, frame, frame])
      #expect(bench.drops == ["noFreeFrame", "noFreeFrame", "noFreeFrame"])
    }
  }

  @Test func aCopyThatGetsOnlyItsFirstChunkGivesJustThatBack() throws {
    // The injecting port caches all 256 chunks; the worker has those of a chain it dropped, with their old links.
    try withSwitch(ports: 3, arena: .init(256 * 4096)) { bench in
      bench.send(ethernet(to: 0x0180_C200_0000, from: station(1), payload: pattern(286)), at: 0, part: 100)
      let short = ethernet(to: broadcast, from: station(1))
      let long = ethernet(to: broadcast, from: station(1), payload: pattern(186))
      bench.send(short, at: 0)
      bench.send(short, at: 0)
      bench.send(long, at: 0, part: 100)
      #expect(bench.takeAll() == [[], [short, short], [short, short, long]])
      #expect(bench.drops == ["noFreeFrame", "reservedAddress"])
    }
  }

  @Test func aDroppedChainGivesEveryPartBack() throws {
    try withSwitch([TestPort(maximumFrame: 9230), TestPort(maximumFrame: 1514)]) { bench in
      for _ in 0..<100 { bench.inject(ethernet(to: broadcast, from: station(1), payload: pattern(9001)), at: 0) }
      bench.run()
      #expect(bench.count(.dropOversize, at: 1) == 100)
    }
  }
}
