import Synchronization
import Units

/// How much memory a target may give to VMs, and what is taken.
package final class MemoryBudget: Sendable {
  package let limit: Bytes
  private let taken = Mutex<UInt64>(0)

  package init(limit: Bytes) { self.limit = limit }

  /// Takes `bytes`, or throws how much there is.
  package func take(_ bytes: Bytes, for name: String) throws(MigrationError) {
    let free: UInt64? = taken.withLock {
      let free = limit.count - $0
      guard bytes.count <= free else { return free }
      $0 += bytes.count
      return nil
    }
    if let free {
      throw MigrationError(
        name, "needs \(bytes), but \(Bytes(free)) of the target's limit of \(limit) are free",
        fix: "raise --memory-limit there")
    }
  }

  package func giveBack(_ bytes: Bytes) { taken.withLock { $0 -= bytes.count } }
}
