/// What `query-migrate` answers (QEMU: qapi/migration.json), as far as it is used. Times are milliseconds.
struct QEMUMigrationState: Decodable, Sendable {
  struct Memory: Decodable, Sendable {
    var transferred: UInt64
    var total: UInt64
    /// Pages of zeros.
    var duplicate: UInt64
    /// Pages sent whole.
    var normal: UInt64
    /// Megabits a second.
    var mbps: Double
    var dirtySyncCount: Int
    /// Pages the target asked for.
    var postcopyRequests: UInt64

    enum CodingKeys: String, CodingKey {
      case transferred, total, duplicate, normal, mbps
      case dirtySyncCount = "dirty-sync-count"
      case postcopyRequests = "postcopy-requests"
    }
  }

  /// Absent before the first migration; `completed` and `failed` are ends.
  var status: String?
  var fault: String?
  var totalTime: UInt64?
  var downtime: UInt64?
  var setupTime: UInt64?
  var ram: Memory?

  enum CodingKeys: String, CodingKey {
    case status, downtime, ram
    case fault = "error-desc"
    case totalTime = "total-time"
    case setupTime = "setup-time"
  }

  var hasEnded: Bool { ["completed", "failed", "cancelled"].contains(status) }
}
