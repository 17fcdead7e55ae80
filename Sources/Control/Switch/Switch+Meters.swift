import CLinux
import Dataplane
import Glibc
import Logging
import Units

/// Meters: read, kept in the state directory, reported, reset.
extension Switch {
  /// Opens the database, when rules count something. Throws `ControlError` when it cannot be used. What an earlier run
  /// counted goes on; nothing counts before this.
  func openMeterStore() async throws {
    let store = try MeterStore(directory: stateDirectory)
    let kept = try await store.load()
    // Somebody else may have been faster.
    guard meterStore == nil else { return }
    ledger.take(kept)
    meterStore = store
  }

  /// Writes down what changed, and returns every meter's total as it is then on disk: what was once reported is never
  /// taken back by a crash.
  func savedMeters() async throws -> [MeterRecord] {
    try await inTurn { switching in
      let records = await switching.ledger.records()
      guard let store = await switching.meterStore else { return records }
      let unsaved = await switching.ledger.unsaved(records)
      if !unsaved.isEmpty {
        try await store.save(unsaved, minute: Self.minute)
        await switching.markSaved(unsaved)
      }
      return records
    }
  }

  private func markSaved(_ records: [MeterRecord]) { ledger.markSaved(records) }

  /// One after another, so that an older total never comes to lie over a newer one.
  private func inTurn<R: Sendable>(_ body: @escaping @Sendable (Switch) async throws -> R) async throws -> R {
    let before = meterTurn
    let turn = Task {
      await before?.value
      return try await body(self)
    }
    meterTurn = Task { _ = try? await turn.value }
    return try await turn.value
  }

  /// Called every second.
  func keepMeters() {
    ruleMemory.flows.expire(second: currentSecond)
    let now = Nanoseconds(ml_monotonic_ns())
    guard meterStore != nil, now - metersSavedAt >= config.meterSaveInterval - Self.tick else { return }
    metersSavedAt = now
    let isHour = Self.minute / 60 != thinnedHour
    thinnedHour = Self.minute / 60
    Task {
      do {
        _ = try await savedMeters()
        try await meterStore?.thin(minute: Self.minute, force: isHour)
        metersFailed = false
      } catch {
        if !metersFailed { log.error("meters are not kept: \(error)") }
        metersFailed = true
      }
    }
  }

  /// How early a save may be: less than a tick late would be a whole second late.
  private static var tick: Nanoseconds { .milliseconds(500) }

  /// The last save, when no worker counts any more.
  func keepMetersAtEnd() async {
    guard meterStore != nil else { return }
    do { _ = try await savedMeters() } catch { log.error("meters are not kept: \(error)") }
  }

  static var minute: Int { Glibc.time(nil) / 60 }

  public func meters(port name: String?) async throws -> [MeterStatus] {
    try await report(port: name, since: nil).meters
  }

  public func meterReport(port name: String?, since: Int?) async throws -> MeterReport {
    try await report(port: name, since: since)
  }

  private func report(port name: String?, since: Int?) async throws -> MeterReport {
    try requireMetered(port: name)
    var records = try await savedMeters().filter { name == nil || $0.key.port == name }
    var from: Int?
    if let since, let store = meterStore {
      var minute = max(since / 60, try await store.horizon() + 1)
      // Of earlier days only the hours are known.
      if minute < Self.minute - MeterStore.minutesKept { minute -= minute % 60 }
      let before = try await store.totals(atEndOf: minute - 1)
      let base = Dictionary(before.map { ($0.key, $0.count) }, uniquingKeysWith: { a, _ in a })
      for i in records.indices { records[i].count = records[i].count.since(base[records[i].key]) }
      from = minute * 60
    }
    return report(records, since: from)
  }

  /// Sets meters to zero and returns what they had counted: each frame is in one answer or in a later one.
  public func resetMeters(port name: String?, meter: String?) async throws -> MeterReport {
    let cleared = try await inTurn { switching in try await switching.clear(port: name, meter: meter) }
    return report(cleared, since: nil)
  }

  /// A port is known by its meters, too, when it is gone itself. Throws `ControlError`.
  private func requireMetered(port name: String?) throws {
    guard let name, !ledger.records().contains(where: { $0.key.port == name }) else { return }
    _ = try port(named: name)
  }

  private func clear(port name: String?, meter: String?) async throws -> [MeterRecord] {
    try requireMetered(port: name)
    // A port's rest belongs to no meter of a name.
    let cleared = ledger.reset { (name == nil || $0.port == name) && (meter == nil || $0.meter == meter) }
    let keys = cleared.map(\.key)
    do {
      try await meterStore?.reset(
        zero: keys.filter { ledger.isActive($0) }, forget: keys.filter { !ledger.isActive($0) })
      ledger.markSaved(keys.filter { ledger.isActive($0) }.map { MeterRecord($0, .init()) })
    } catch {
      // What could not be written down did not happen.
      ledger.restore(cleared)
      throw error
    }
    return cleared
  }

  /// Ports in their order, then by direction, address and name.
  private func report(_ records: [MeterRecord], since: Int?) -> MeterReport {
    let places = Dictionary(runtimes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    func order(_ key: MeterKey) -> (Int, String, String, String, String) {
      (places[key.port] ?? .max, key.port, key.direction.rawValue, key.end.rawValue + key.address, key.meter ?? "")
    }
    let sorted = records.map { (order($0.key), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    var totals: [MeterTotal] = []
    for record in sorted {
      let key = record.key
      if totals.last?.port == key.port && totals.last?.direction == key.direction {
        totals[totals.count - 1].frames &+= record.count.frames
        totals[totals.count - 1].bytes &+= record.count.bytes
      } else {
        totals.append(
          MeterTotal(
            port: key.port, direction: key.direction, frames: record.count.frames, bytes: record.count.bytes))
      }
    }
    let meters = sorted.filter { $0.key.end != .rest }.map { MeterStatus($0, active: ledger.isActive($0.key)) }
    return MeterReport(meters: meters, totals: totals, since: since)
  }
}

extension RuleCells.Count {
  /// What was counted after `base`; all of it when it was reset since, or nothing is known of before.
  func since(_ base: Self?) -> Self {
    guard let base, base.frames <= frames, base.bytes <= bytes else { return self }
    return self &- base
  }
}
