import GRDB

/// What meters had counted, by the minute, so that a report can begin in the past.
extension MeterStore {
  /// What the meters had counted at the end of a minute; a meter that is not in it had counted nothing, or nothing is
  /// known of it.
  package func totals(atEndOf minute: Int) throws(ControlError) -> [MeterRecord] {
    do {
      return try database.read { db in
        try Row.fetchAll(
          db,
          sql: """
            SELECT port, direction, "end", address, m.meter, h.frames, h.bytes FROM meter m JOIN history h
            ON h.meter = m.id AND h.minute = (SELECT max(minute) FROM history WHERE meter = m.id AND minute <= ?)
            """, arguments: [minute]
        ).compactMap(MeterRecord.init)
      }
    } catch { throw Self.refusal(path, error) }
  }

  /// The first minute whose totals are still known.
  package func horizon() throws(ControlError) -> Int {
    do {
      return try database.read { try Int.fetchOne($0, sql: "SELECT max(minute) FROM horizon") ?? 0 }
    } catch { throw Self.refusal(path, error) }
  }

  /// Thins the past: every minute of the last day stays, then one an hour for a month, and no more than `samples` (but
  /// one for each meter).
  /// - Parameter force: thin although little was written since the last time.
  package func thin(minute now: Int, samples: Int = longestHistory, force: Bool = true) throws(ControlError) {
    guard force || writtenSinceThinned > samples / 4 else { return }
    writtenSinceThinned = 0
    do {
      try database.write { db in
        try Self.thin(db, before: now - Self.minutesKept, toHours: true)
        var horizon = now - Self.hoursKept
        let count =
          try Int.fetchOne(db, sql: "SELECT count(*) FROM history WHERE minute >= ?", arguments: [horizon]) ?? 0
        if count > samples {
          horizon =
            try Int.fetchOne(db, sql: "SELECT minute FROM history ORDER BY minute DESC LIMIT 1 OFFSET \(samples)")
            ?? now
          horizon += 1
        }
        try Self.thin(db, before: horizon, toHours: false)
        try db.execute(sql: "DELETE FROM horizon")
        try db.execute(sql: "INSERT INTO horizon VALUES (?)", arguments: [horizon])
      }
    } catch { throw Self.refusal(path, error) }
  }

  /// How far back every minute is known, and every hour; in minutes.
  package static let minutesKept = 24 * 60
  package static let hoursKept = 31 * 24 * 60
  package static let longestHistory = 500_000

  /// Of each meter's samples before a minute the last one stays, or the last of every hour: what it had counted by then.
  private static func thin(_ db: Database, before minute: Int, toHours: Bool) throws {
    let sameHour = toHours ? "AND later.minute / 60 = history.minute / 60" : ""
    try db.execute(
      sql: """
        DELETE FROM history WHERE minute < :minute AND EXISTS (SELECT 1 FROM history later
        WHERE later.meter = history.meter AND later.minute > history.minute AND later.minute < :minute \(sameHour))
        """, arguments: ["minute": minute])
  }
}
