import CLinux
import Synchronization
import Units

/// How far one migration is: written by its thread, read by a progress bar and the sampler.
public final class MigrationProgress: Sendable {
  /// Where a migration stands.
  public enum Phase: Int, Sendable {
    case waiting, copying, paused, verified, failed
  }

  /// What to show.
  public struct Snapshot: Sendable {
    public var phase: Phase
    /// From 0.
    public var round: Int
    /// Pages of this round, sent and in all.
    public var pagesDone: Int
    public var pagesTotal: Int
    /// Bytes on the stream since the first round began.
    public var bytesSent: UInt64
  }

  private struct Series {
    /// Sockets, and what each had acknowledged when the first round began.
    var sockets: [Int32: UInt64] = [:]
    /// By sockets that are closed.
    var acknowledgedBefore: UInt64 = 0
    var start = Nanoseconds(0)
    var end: Nanoseconds?
    var acknowledged: UInt64 = 0
    var samples: [ThroughputSample] = []

    func acknowledgedNow() -> UInt64 {
      sockets.reduce(acknowledgedBefore) { sum, socket in
        let all = ml_tcp_bytes_acknowledged(socket.key)
        return sum + (all > socket.value ? all - socket.value : 0)
      }
    }
  }

  /// One sample of the time series for each of these.
  public static let sampleInterval = Nanoseconds.milliseconds(100)

  private let phase = Atomic<Int>(Phase.waiting.rawValue)
  private let round = Atomic<Int>(0)
  private let pagesDone = Atomic<Int>(0)
  private let pagesTotal = Atomic<Int>(0)
  private let bytes = Atomic<UInt64>(0)
  private let series = Mutex(Series())

  public init() {}

  public var snapshot: Snapshot {
    Snapshot(
      phase: Phase(rawValue: phase.load(ordering: .relaxed))!, round: round.load(ordering: .relaxed),
      pagesDone: pagesDone.load(ordering: .relaxed), pagesTotal: pagesTotal.load(ordering: .relaxed),
      bytesSent: bytesSent)
  }

  /// Bytes given to the stream since `started`.
  package var bytesSent: UInt64 { bytes.load(ordering: .relaxed) }

  package func enter(_ next: Phase) { phase.store(next.rawValue, ordering: .relaxed) }

  package func beginRound(_ number: Int, pages: Int) {
    round.store(number, ordering: .relaxed)
    pagesDone.store(0, ordering: .relaxed)
    pagesTotal.store(pages, ordering: .relaxed)
  }

  package func sent(_ count: Int, pages: Int) {
    bytes.wrappingAdd(UInt64(count), ordering: .relaxed)
    pagesDone.wrappingAdd(pages, ordering: .relaxed)
  }

  /// From here on the sampler may ask the socket how far the stream is.
  package func connected(descriptor: Int32) {
    series.withLock { $0.sockets[descriptor] = ml_tcp_bytes_acknowledged(descriptor) }
  }

  /// To be called before the socket is closed.
  package func disconnected(descriptor: Int32) {
    series.withLock {
      guard let base = $0.sockets.removeValue(forKey: descriptor) else { return }
      let all = ml_tcp_bytes_acknowledged(descriptor)
      $0.acknowledgedBefore += all > base ? all - base : 0
    }
  }

  /// Bytes that the target's TCP has acknowledged since the first round began, over all connections.
  package func acknowledged() -> UInt64 { series.withLock { $0.acknowledgedNow() } }

  /// The first round begins: bytes and samples count from here.
  package func started(at now: Nanoseconds) {
    bytes.store(0, ordering: .relaxed)
    series.withLock {
      $0.start = now
      $0.acknowledgedBefore = 0
      for socket in $0.sockets.keys { $0.sockets[socket] = ml_tcp_bytes_acknowledged(socket) }
      $0.acknowledged = 0
    }
  }

  /// Ends the series: the last sample brings it to all bytes sent.
  package func ended(at now: Nanoseconds, bytes: UInt64) -> [ThroughputSample] {
    series.withLock {
      $0.end = now
      if bytes > $0.acknowledged {
        $0.samples.append(ThroughputSample(seconds: (now - $0.start).seconds, bytes: bytes - $0.acknowledged))
        $0.acknowledged = bytes
      }
      return $0.samples
    }
  }

  /// Takes a sample when one is due; returns when the next one is, nil when the migration does not run.
  package func sample(at now: Nanoseconds) -> Nanoseconds? {
    series.withLock {
      guard $0.start.count > 0, $0.end == nil else { return nil }
      let due = Nanoseconds($0.start.count + UInt64($0.samples.count + 1) * Self.sampleInterval.count)
      guard now >= due else { return due }
      let acknowledged = $0.acknowledgedNow()
      let span = acknowledged > $0.acknowledged ? acknowledged - $0.acknowledged : 0
      $0.samples.append(ThroughputSample(seconds: (now - $0.start).seconds, bytes: span))
      $0.acknowledged = max(acknowledged, $0.acknowledged)
      return Nanoseconds(due.count + Self.sampleInterval.count)
    }
  }
}
