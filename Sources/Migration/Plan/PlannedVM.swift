import Glibc
import Units

/// One VM on its way, as the planner sees it: the engine's rounds and rules, with sizes in place of pages. Pure.
struct PlannedVM {
  let profile: VMProfile
  let rule: ConvergenceRule
  let costs: MigrationCosts
  let pages: MigrationCosts.Pages
  private(set) var done: [RoundFigures] = []
  /// Bytes of this round still to go, but for pages of zeros.
  private(set) var left: Double
  /// Time in which this round reads pages of zeros.
  private(set) var waiting: Double
  private var size: Double
  private var began = 0.0
  private var throttle = 0
  private(set) var isPaused = false
  private(set) var blackout = 0.0
  /// TCP payload sent, and CPU time of the source, so far.
  private(set) var sentBytes = 0.0
  private(set) var cpuSeconds = 0.0
  private(set) var end: Double?

  /// - Parameter start: when its first round begins.
  init(_ profile: VMProfile, rule: ConvergenceRule, costs: MigrationCosts, pages: MigrationCosts.Pages, start: Double) {
    self.profile = profile
    self.rule = rule
    self.costs = costs
    self.pages = pages
    let memory = Double(profile.memory.count)
    size = memory
    left = memory * max(0, 1 - profile.zeroShare - profile.duplicateShare)
    waiting = memory * profile.zeroShare / costs.zeroBytesPerSecond + costs.fixedSeconds
    began = start
  }

  /// Time to the end of this round at a rate of `rate`.
  func timeLeft(rate: Double) -> Double { waiting + (left > 0 ? left / rate : 0) }

  /// Goes on for a time in which its round does not end, or ends just then.
  mutating func advance(_ time: Double, rate: Double) {
    let read = min(waiting, time)
    waiting -= read
    let bytes = min(left, (time - read) * rate)
    left -= bytes
    sentBytes += bytes * pages.ratio
    cpuSeconds += bytes * pages.cpuSecondsPerByte
  }

  /// The round has ended: what was written meanwhile is left, and the rule says whether to pause.
  mutating func endRound(at now: Double) {
    let seconds = now - began
    if isPaused {
      // In post-copy it runs on the target before the rest has followed.
      blackout = rule.postCopyAfter == nil ? seconds : costs.fixedBlackoutSeconds
      end = now
      return
    }
    let share = Double(100 - throttle) / 100
    let dirty = Self.written(profile, seconds: seconds, share: share)
    done.append(
      RoundFigures(
        pages: Int(size) / MemoryImage.pageSize, bytes: UInt64(max(1, size * pages.ratio)), seconds: max(seconds, 1e-9))
    )
    throttle = rule.throttle(throttle, done: done, pages: Int(dirty) / MemoryImage.pageSize)
    (size, left, waiting, began) = (dirty, dirty, 0, now)
    guard case .pause = rule.decide(done: done, pages: Int(dirty) / MemoryImage.pageSize) else { return }
    isPaused = true
    waiting = costs.fixedBlackoutSeconds
  }

  /// Bytes of different pages written in a time: the writers choose at random, so that some are written twice.
  static func written(_ profile: VMProfile, seconds: Double, share: Double) -> Double {
    let set = Double(profile.workingSet.count)
    guard set > 0 else { return 0 }
    return set * (1 - exp(-Double(profile.dirtyRate.count) * share * seconds / set))
  }
}
