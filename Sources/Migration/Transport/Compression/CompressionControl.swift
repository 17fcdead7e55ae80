import CLinux
import Synchronization
import Units

/// Whether pages are compressed, and how.
public enum CompressionMode: Hashable, Sendable {
  case off
  /// The level that moves the most memory, from idle CPU time only.
  case automatic
  case always(CompressionLevel)
}

/// What compression did in one migration.
public struct CompressionFigures: Codable, Hashable, Sendable {
  /// Guest bytes sent at each level, by its name.
  public var guestBytes: [String: UInt64]
  /// Bytes of pages before compression and after, where they were compressed.
  public var compressedFrom: UInt64
  public var compressedTo: UInt64
  /// Time that threads spent compressing.
  public var cpuSeconds: Double
  /// Threads at most, and how often other work made it use fewer.
  public var threads: Int
  public var backoffs: Int
}

/// What the threads of one migration share: level, limit and figures.
final class CompressionControl: Sendable {
  private struct State {
    var choice: LevelChoice
    var idle: IdleCycles
    var figures: CompressionFigures
  }

  /// Threads at most; and as many as there are connections, which is enough where nothing is compressed.
  let threads: Int
  private let connections: Int
  private let mode: CompressionMode
  private let state: Mutex<State>

  init(_ mode: CompressionMode, threads: Int, connections: Int) {
    (self.mode, self.threads, self.connections) = (mode, threads, connections)
    let choice: LevelChoice =
      switch mode {
      case .off: LevelChoice([.none])
      case .automatic: LevelChoice()
      case .always(let level): LevelChoice([level])
      }
    state = Mutex(
      State(
        choice: choice, idle: IdleCycles(threads: threads),
        figures: .init(
          guestBytes: [:], compressedFrom: 0, compressedTo: 0, cpuSeconds: 0, threads: threads, backoffs: 0)
      ))
  }

  var isOff: Bool { mode == .off }

  /// The level for a batch of the thread with this number; nil: the thread is to leave its pages to others, since what it
  /// would send as it is takes the link from what they make smaller, or since they are enough.
  func level(thread: Int, at now: Nanoseconds) -> CompressionLevel? {
    guard !isOff else { return CompressionLevel.none }
    return state.withLock {
      guard mode == .automatic else { return $0.choice.level }
      $0.idle.recover(at: now)
      let isPlain = $0.choice.level == .none
      if isPlain && $0.choice.isSettled { return thread < connections ? $0.choice.level : nil }
      if isPlain || thread < $0.idle.limit { return $0.choice.level }
      return $0.idle.limit == 0 ? CompressionLevel.none : nil
    }
  }

  /// Whether not to compress was found to be best, and nothing else is being tried.
  var isSettledOnNone: Bool {
    guard mode == .automatic else { return isOff }
    return state.withLock { $0.choice.isSettled && $0.choice.level == .none }
  }

  /// A thread has compressed.
  func compressed(from: Int, to: Int, ran: Nanoseconds, waited: Nanoseconds, at now: Nanoseconds) {
    state.withLock {
      $0.idle.note(ran: ran, waited: waited, at: now)
      $0.figures.compressedFrom += UInt64(from)
      $0.figures.compressedTo += UInt64(to)
      $0.figures.cpuSeconds += ran.seconds
    }
  }

  /// A batch was sent.
  func sent(
    _ level: CompressionLevel, guestBytes: Int, wireBytes: Int, acknowledged: () -> UInt64, at now: Nanoseconds
  ) {
    guard !isOff else { return }
    let acknowledged = acknowledged()
    state.withLock {
      $0.figures.guestBytes[level.name, default: 0] += UInt64(guestBytes)
      $0.choice.note(guestBytes: guestBytes, wireBytes: wireBytes, acknowledged: acknowledged, at: now)
    }
  }

  var figures: CompressionFigures? {
    guard !isOff else { return nil }
    return state.withLock {
      $0.figures.backoffs = $0.idle.backoffs
      return $0.figures
    }
  }
}
