import Migration
import Testing
import Units

struct AuditTests {
  /// Both digests of the hand-over agree here, as both are of what was sent: only the audit of the paused memory
  /// shows it.
  @Test func `a write that tracking missed is found after the hand-over, and both sides say so`() throws {
    let target = try LoopbackTarget(count: 1)
    let vm = try VirtualMachine(seeding: .small(dirtyRate: 0))
    let tracker = LossyTracker(makeDirtyTracker(for: vm.image), forgetting: 3)
    let source = writingSource(vm, to: target.endpoint, tracker: tracker, writing: 0x4D49_4C4C, toPage: 3)
    let figures = source.migrate()
    #expect(!figures.verified)
    #expect(figures.runsOn == .target)
    #expect(figures.failure?.contains("1 pages were written unnoticed") == true, "\(figures.failure ?? "")")
    #expect(target.figures().first?.failure?.contains("1 pages wrong") == true)
  }
}
