import Dataplane
import Testing
import Units

@Suite struct EmulatedShareTests {
  /// A thread that always has work, with batches of any length, gets its share of the time, exactly.
  @Test(arguments: [0.01, 0.15, 0.5, 1.0], [10_000, 300_000, 10_000_000] as [UInt64])
  func aBusyWorkerGetsItsShare(fraction: Double, longest: UInt64) {
    var generator = SplitMix64(seed: longest)
    let share = Share(fraction: fraction)
    var (cpu, wall) = (Nanoseconds(5), Nanoseconds(1_000_000))
    let begin = wall
    var emulation = EmulatedShare(share, cpu: cpu, wall: wall)
    for _ in 0..<20_000 {
      let batch = Nanoseconds(UInt64.random(in: 1000...longest, using: &generator))
      cpu = cpu + batch
      wall = wall + batch
      wall = wall + emulation.settle(cpu: cpu, wall: wall)
    }
    let measured = Double(cpu.count) / Double((wall - begin).count)
    #expect(abs(measured / fraction - 1) < 0.001)
  }

  @Test func sleepingTooLongGivesNoMoreThanTheSharedTime() {
    var generator = SplitMix64(seed: 1)
    var (cpu, wall) = (Nanoseconds(0), Nanoseconds(0))
    var emulation = EmulatedShare(Share(fraction: 0.25), cpu: cpu, wall: wall)
    for _ in 0..<20_000 {
      cpu = cpu + .microseconds(80)
      wall = wall + .microseconds(80)
      let pause = emulation.settle(cpu: cpu, wall: wall)
      wall = wall + pause + Nanoseconds(UInt64.random(in: 0...60_000, using: &generator))
    }
    let measured = Double(cpu.count) / Double(wall.count)
    // A wake-up some microseconds late is made good by the next pause being shorter.
    #expect(measured <= 0.25 * 1.001)
    #expect(measured >= 0.25 * 0.99)
  }

  @Test func anIdleWorkerSavesUpASmallBatchAndNoMore() {
    var emulation = EmulatedShare(Share(fraction: 0.1), cpu: Nanoseconds(0), wall: Nanoseconds(0))
    // Ten seconds idle, then 40 us of work: within what may be saved up. 110 us more are not.
    let first = emulation.settle(cpu: .microseconds(40), wall: .seconds(10))
    #expect(first == Nanoseconds(0))
    let second = emulation.settle(cpu: .microseconds(150), wall: .seconds(10) + .microseconds(110))
    #expect(second >= .microseconds(840) && second <= .microseconds(850))
  }
}
