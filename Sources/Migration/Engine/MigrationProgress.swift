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
    var descriptor: Int32?
    var start = Nanoseconds(0)
    var end: Nanoseconds?
    var acknowledgedAtStart: UInt64 = 0
    var acknowledged: UInt64 = 0
    var samples: [ThroughputSample] = []
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
  package func connected(descriptor: Int32) { series.withLock { $0.descriptor = descriptor } }

  /// To be called before the socket is closed.
  package func disconnected() { series.withLock { $0.descriptor = nil } }

  /// The first round begins: bytes and samples count from here.
  package func started(at now: Nanoseconds) {
    bytes.store(0, ordering: .relaxed)
    series.withLock {
      $0.start = now
      $0.acknowledgedAtStart = $0.descriptor.map { ml_tcp_bytes_acknowledged($0) } ?? 0
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
      guard let descriptor = $0.descriptor, $0.start.count > 0, $0.end == nil else { return nil }
      let due = Nanoseconds($0.start.count + UInt64($0.samples.count + 1) * Self.sampleInterval.count)
      guard now >= due else { return due }
      let total = ml_tcp_bytes_acknowledged(descriptor)
      let acknowledged = total > $0.acknowledgedAtStart ? total - $0.acknowledgedAtStart : 0
      let span = acknowledged > $0.acknowledged ? acknowledged - $0.acknowledged : 0
      $0.samples.append(ThroughputSample(seconds: (now - $0.start).seconds, bytes: span))
      $0.acknowledged = max(acknowledged, $0.acknowledged)
      return Nanoseconds(due.count + Self.sampleInterval.count)
    }
  }
}
