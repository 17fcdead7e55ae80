import CLinux
import Glibc

/// Hands the newest forwarding table to every worker, and tells when the one before is no longer used.
public final class TablePublisher: @unchecked Sendable {
  private let threads: [WorkerThread]
  private var current: ForwardingTable?
  private var view: UnsafeMutablePointer<TableView>?
  private var generation: UInt64 = 0

  public init(threads: [WorkerThread]) { self.threads = threads }

  deinit { view?.deallocate() }

  /// Publishes a table. When `publish` returns, no started worker uses the one before, nor any port that only it had.
  public func publish(_ table: ForwardingTable, started: Bool) {
    let newView = UnsafeMutablePointer<TableView>.allocate(capacity: 1)
    newView.initialize(to: TableView(table))
    generation += 1
    for thread in threads {
      thread.shared[.table] = UInt64(UInt(bitPattern: newView))
      thread.shared[.generation] = generation
      ml_eventfd_signal(thread.wake)
    }
    if started {
      for thread in threads { while thread.shared[.seenGeneration] < generation { usleep(50) } }
    }
    view?.deallocate()
    view = newView
    current = table
  }
}
