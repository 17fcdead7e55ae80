import Dataplane
import Testing

@Suite struct CrowdedCPUTests {
  /// Looks for `duration` of its CPU's time, a look in every `step`; every 100th one is `late` by so much.
  private func look(
    _ crowd: inout CrowdedCPU, from begin: UInt64, for duration: UInt64, step: UInt64 = 500, late: UInt64 = 0
  ) -> UInt64 {
    var now = begin
    var looks = 0
    crowd.beginLooking(at: now)
    while now < begin + duration && crowd.mayLook(at: now) {
      looks += 1
      now += step + (looks % 100 == 0 ? late : 0)
      crowd.look(at: now)
    }
    return now
  }

  @Test func aWorkerAloneOnItsCPULooksOn() {
    var crowd = CrowdedCPU()
    let end = look(&crowd, from: 1, for: 1_000_000_000)
    #expect(crowd.mayLook(at: end))
  }

  /// Many ports to look at: each look takes long.
  @Test func longLooksAreNoLoss() {
    var crowd = CrowdedCPU()
    let end = look(&crowd, from: 1, for: 1_000_000_000, step: 40_000)
    #expect(crowd.mayLook(at: end))
  }

  /// A tenth of the CPU: threads of the kernel.
  @Test func littleLossIsNone() {
    var crowd = CrowdedCPU()
    let end = look(&crowd, from: 1, for: 1_000_000_000, step: 5_000, late: 45_000)
    #expect(crowd.mayLook(at: end))
  }

  /// Half of the time goes to others: no look for a tenth of a second, then for longer and longer, a second at most.
  @Test func aCrowdedCPUIsLeftToOthersForLongerAndLonger() {
    var crowd = CrowdedCPU()
    var now: UInt64 = 1
    for pause: UInt64 in [100, 200, 400, 800, 1000, 1000] {
      now = look(&crowd, from: now, for: 1_000_000_000, late: 50_000)
      #expect(!crowd.mayLook(at: now + pause * 1_000_000 - 1))
      now += pause * 1_000_000
      #expect(crowd.mayLook(at: now))
    }
    // Quiet again: the next pause is a short one.
    now = look(&crowd, from: now, for: 20_000_000)
    now = look(&crowd, from: now, for: 1_000_000_000, late: 50_000)
    #expect(crowd.mayLook(at: now + 100_000_000))
  }
}
