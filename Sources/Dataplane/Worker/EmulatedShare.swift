import Units

/// Holds a worker to a share of one CPU, so that many cores can be studied on few: after each batch, the CPU time
/// spent beyond the share is slept off.
///
/// CPU time is the thread's own clock. It includes the kernel work of the worker's system calls, and the softirq work
/// done in them unless the kernel accounts interrupt time apart (CONFIG_IRQ_TIME_ACCOUNTING).
public struct EmulatedShare: Sendable {
  let share: Share
  /// CPU time that may still be spent, in nanoseconds; negative is owed.
  private var balance: Double = 0
  private var lastCPU: UInt64
  private var lastWall: UInt64

  /// What an idle worker may save up: one small batch.
  static let saving: Double = 50_000

  public init(_ share: Share, cpu: Nanoseconds, wall: Nanoseconds) {
    self.share = share
    lastCPU = cpu.count
    lastWall = wall.count
  }

  /// Accounts for the CPU time up to now; returns how long to sleep.
  public mutating func settle(cpu: Nanoseconds, wall: Nanoseconds) -> Nanoseconds {
    let spent = Double(cpu.count &- lastCPU)
    let waited = max(0, Double(wall.count &- lastWall) - spent)
    lastCPU = cpu.count
    lastWall = wall.count
    // Time off the CPU is only saved up to the limit; time on it earns its share, however long the batch was.
    balance = min(balance + waited * share.fraction, Self.saving) + spent * share.fraction - spent
    return balance < 0 ? Nanoseconds(UInt64(-balance / share.fraction)) : Nanoseconds(0)
  }
}
