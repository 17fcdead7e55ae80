import Dataplane
import GRDB
import Glibc

/// Where meters are kept over restarts: an SQLite database in the state directory, of one switch at a time.
///
/// What `save` has returned from is on disk (WAL, synchronous FULL), also when the host loses power.
package actor MeterStore {
  static let fileName = "meters.sqlite"

  let path: String
  let database: DatabaseQueue
  /// Samples since the past was last thinned.
  var writtenSinceThinned = 0

  /// Opens or creates the database. Throws `ControlError`.
  package init(directory: String) throws(ControlError) {
    let path = "\(directory)/\(Self.fileName)"
    self.path = path
    do {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.label = "millrace.meters"
      // Two switches that count in one file would count each other's frames.
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
      database = try DatabaseQueue(path: path, configuration: configuration)
      try Self.migrator.migrate(database)
      guard try database.read(Self.migrator.hasBeenSuperseded) == false else {
        throw ControlError.unavailable("\(path): a newer Millrace wrote it; update, or name another --state directory")
      }
      try database.inDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    } catch { throw Self.refusal(path, error) }
  }

  static func exists(in directory: String) -> Bool { access("\(directory)/\(fileName)", F_OK) == 0 }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      // `end` and `address` as in `MeterKey`; an empty `meter` is none. Counts are the bits of unsigned numbers.
      try db.execute(
        sql: """
          CREATE TABLE meter (
            id INTEGER PRIMARY KEY, port TEXT NOT NULL, direction TEXT NOT NULL, "end" TEXT NOT NULL,
            address TEXT NOT NULL, meter TEXT NOT NULL, frames INTEGER NOT NULL, bytes INTEGER NOT NULL,
            UNIQUE (port, direction, "end", address, meter));
          CREATE TABLE history (
            meter INTEGER NOT NULL REFERENCES meter (id) ON DELETE CASCADE, minute INTEGER NOT NULL,
            frames INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (meter, minute)) WITHOUT ROWID;
          CREATE INDEX history_minute ON history (minute);
          CREATE TABLE horizon (minute INTEGER NOT NULL);
          """)
    }
    return migrator
  }

  package func load() throws(ControlError) -> [MeterRecord] {
    do {
      return try database.read { db in
        try Row.fetchAll(db, sql: #"SELECT port, direction, "end", address, meter, frames, bytes FROM meter"#)
          .compactMap(MeterRecord.init)
      }
    } catch { throw Self.refusal(path, error) }
  }

  /// Writes totals, all or none.
  /// - Parameter minute: of the wall clock, since 1970.
  package func save(_ records: [MeterRecord], minute: Int) throws(ControlError) {
    do {
      try database.write { db in
        let meter = try db.makeStatement(
          sql: """
            INSERT INTO meter (port, direction, "end", address, meter, frames, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET frames = excluded.frames, bytes = excluded.bytes RETURNING id
            """)
        let history = try db.makeStatement(
          sql: """
            INSERT INTO history (meter, minute, frames, bytes) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET frames = excluded.frames, bytes = excluded.bytes
            """)
        for record in records {
          let (frames, bytes) = (Int64(bitPattern: record.count.frames), Int64(bitPattern: record.count.bytes))
          let id = try Int64.fetchOne(meter, arguments: record.key.columns + [frames, bytes])
          try history.execute(arguments: [id, minute, frames, bytes])
        }
      }
      writtenSinceThinned += records.count
    } catch { throw Self.refusal(path, error) }
  }

  /// Sets meters to zero, or forgets them, and what is known of their past with it.
  package func reset(zero: [MeterKey], forget: [MeterKey]) throws(ControlError) {
    let place = #"port = ? AND direction = ? AND "end" = ? AND address = ? AND meter = ?"#
    do {
      try database.write { db in
        for key in zero + forget {
          try db.execute(
            sql: "DELETE FROM history WHERE meter = (SELECT id FROM meter WHERE \(place))", arguments: key.columns)
        }
        for key in zero {
          try db.execute(sql: "UPDATE meter SET frames = 0, bytes = 0 WHERE \(place)", arguments: key.columns)
        }
        for key in forget { try db.execute(sql: "DELETE FROM meter WHERE \(place)", arguments: key.columns) }
      }
    } catch { throw Self.refusal(path, error) }
  }

  static func refusal(_ path: String, _ error: any Error) -> ControlError {
    if let error = error as? ControlError { return error }
    let code = (error as? DatabaseError)?.resultCode
    switch code {
    case .SQLITE_BUSY?, .SQLITE_LOCKED?:
      return .unavailable("\(path): another switch counts in it; name another directory with --state")
    case .SQLITE_NOTADB?, .SQLITE_CORRUPT?:
      return .unavailable("\(path): is not a database any more (\(error)); move it away, counts begin anew then")
    case .SQLITE_READONLY?, .SQLITE_PERM?, .SQLITE_CANTOPEN?:
      return .unavailable("\(path): cannot be written; make it writable, or name another directory with --state")
    case .SQLITE_FULL?, .SQLITE_IOERR?:
      return .unavailable("\(path): cannot be written: \(error); make room on its file system")
    default: return .internal("\(path): \(error)")
    }
  }
}

extension MeterKey {
  /// Its five columns.
  fileprivate var columns: StatementArguments { [port, direction.rawValue, end.rawValue, address, meter ?? ""] }
}

extension MeterRecord {
  /// The columns of the key, then frames and bytes. Nil for what this version has no words for.
  init?(_ row: Row) {
    guard let direction = ACLRule.Direction(rawValue: row[1]), let end = MeterKey.End(rawValue: row[2]) else {
      return nil
    }
    let meter: String = row[4]
    self.init(
      MeterKey(port: row[0], direction: direction, end: end, address: row[3], meter: meter.isEmpty ? nil : meter),
      RuleCells.Count(frames: UInt64(bitPattern: row[5]), bytes: UInt64(bitPattern: row[6])))
  }
}
