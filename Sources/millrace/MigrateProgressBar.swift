import CLinux
import Migration
import Synchronization
import Units

/// One line on the terminal for all migrations, redrawn five times a second; nothing where standard error is no
/// terminal.
final class MigrateProgressBar: Sendable {
  private let isOver = Atomic<Bool>(false)
  private let thread: Mutex<JoinableThread?> = Mutex(nil)
  private let run: MigrationRun

  init?(_ run: MigrationRun) {
    guard OutputStream.standardError.isTerminal else { return nil }
    self.run = run
    thread.withLock { $0 = JoinableThread(name: "progress") { [self] in draw() } }
  }

  /// Wipes the line.
  func end() {
    isOver.store(true, ordering: .relaxed)
    thread.withLock { $0?.join() }
    OutputStream.standardError.write("\r\u{1B}[K")
  }

  private func draw() {
    var (bytes, time) = (UInt64(0), ml_monotonic_ns())
    while !isOver.load(ordering: .relaxed) {
      ml_sleep_ns(200_000_000)
      let all = run.progress.map(\.snapshot)
      let (bytesNow, timeNow) = (all.reduce(0) { $0 + $1.bytesSent }, ml_monotonic_ns())
      // A migration that begins sets its count back to 0.
      let rate = bytesNow >= bytes ? Double(bytesNow - bytes) * 8e9 / Double(timeNow - time) : 0
      (bytes, time) = (bytesNow, timeNow)
      OutputStream.standardError.write("\r\(Self.line(all, sizes: sizes, bitsPerSecond: rate))\u{1B}[K")
    }
  }

  private var sizes: [UInt64] { run.plan.assignments.map(\.profile.memory.count) }

  /// `[############--------]  61%  1 of 4 verified, 3 copying, round 2  9.41Gbit`
  static func line(_ all: [MigrationProgress.Snapshot], sizes: [UInt64], bitsPerSecond: Double) -> String {
    let total = sizes.reduce(0, +)
    let there = zip(all, sizes).reduce(0.0) { $0 + share($1.0, memory: $1.1) * Double($1.1) }
    let done = total > 0 ? there / Double(total) : 0
    let filled = Int(done * 20)
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
    func count(_ phase: MigrationProgress.Phase) -> Int { all.count { $0.phase == phase } }
    let active = all.filter { $0.phase == .copying || $0.phase == .paused }
    let round = active.map(\.round).max().map { ", round \($0 + 1)" } ?? ""
    let failed = count(.failed) > 0 ? ", \(count(.failed)) failed" : ""
    let percent = String(repeating: " ", count: done < 0.1 ? 2 : done < 1 ? 1 : 0) + "\(Int(done * 100))%"
    return "[\(bar)] \(percent)  \(count(.verified)) of \(all.count) verified\(failed), \(active.count) copying\(round)"
      + "  \(MigrateTable.rate(bitsPerSecond))"
  }

  /// How much of the memory the target has in its newest state.
  private static func share(_ one: MigrationProgress.Snapshot, memory: UInt64) -> Double {
    switch one.phase {
    case .waiting, .failed: return 0
    case .verified: return 1
    case .copying, .paused:
      // Pages that a cut connection lost are sent, and counted, again.
      let left = Double(max(0, one.pagesTotal - one.pagesDone) * MemoryImage.pageSize)
      return max(0, 1 - left / Double(max(memory, 1)))
    }
  }
}
