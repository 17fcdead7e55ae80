import Migration
import Testing
import Units

struct WriterTests {
  @Test(arguments: [1, 4096, 50 << 20, 3 << 30] as [UInt64])
  func `a budget grants the rate times the span`(rate: UInt64) {
    var random = SplitMix64(seed: rate)
    var now = Nanoseconds.seconds(5)
    var budget = WriteBudget(bytesPerSecond: Bytes(rate), start: now)
    var granted = 0
    for _ in 0..<20_000 {
      now = now + Nanoseconds(UInt64.random(in: 0..<2_000_000, using: &random))
      granted += budget.take(at: now)
    }
    let due = (now - .seconds(5)).seconds * Double(rate) / Double(MemoryImage.pageSize)
    #expect(abs(Double(granted) - due) <= 1)
  }

  @Test func `a writer held up for long does not catch up on all of it`() {
    var budget = WriteBudget(bytesPerSecond: Bytes(4096 * 1000), start: .seconds(1))
    #expect(budget.take(at: .seconds(11)) == 250)
    #expect(budget.take(at: .seconds(12)) == 250)
  }

  @Test func `a pause owes nothing`() {
    var budget = WriteBudget(bytesPerSecond: Bytes(4096 * 1000), start: .seconds(1))
    budget.restart(at: .seconds(11))
    #expect(budget.take(at: .seconds(11)) == 0)
    #expect(budget.take(at: .milliseconds(11_100)) == 100)
  }

  @Test func `a paused writer writes nothing, and goes on when resumed`() throws {
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 512 << 20))
    vm.start()
    #expect(eventually { vm.pagesWritten >= 1000 })
    vm.pause()
    let (count, digest) = (vm.pagesWritten, vm.image.digest)
    for _ in 0..<50 { #expect(vm.image.digest == digest) }
    #expect(vm.pagesWritten == count)
    vm.resume()
    #expect(eventually { vm.pagesWritten >= count + 1000 })
    #expect(vm.image.digest != digest)
    vm.stop()
  }

  @Test func `writes stay in the working set`() throws {
    var profile = VMProfile.small(dirtyRate: 1 << 30)
    profile.workingSet = Bytes(1 << 20)
    let (vm, untouched) = (try VirtualMachine(seeding: profile), try VirtualMachine(seeding: profile))
    vm.start()
    while vm.pagesWritten < 5000 {}
    vm.stop()
    let rest = (from: 1 << 20, count: 7 << 20)
    #expect(
      Digest(of: vm.image.base + rest.from, count: rest.count)
        == Digest(of: untouched.image.base + rest.from, count: rest.count))
    #expect(vm.image.digest != untouched.image.digest)
  }

  @Test func `pausing and stopping a VM that never ran returns`() throws {
    let vm = try VirtualMachine(seeding: .small())
    vm.pause()
    vm.stop()
    let idle = try VirtualMachine(seeding: .small(dirtyRate: 0))
    idle.start()
    idle.pause()
    idle.stop()
  }
}
