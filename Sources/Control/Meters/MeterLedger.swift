import Dataplane

/// Every meter's total since it was last reset: what was kept from before, and what its cell counts now.
///
/// A meter whose rule went keeps its total until it is reset, so that no change of the rules loses a count; when the rule
/// comes back, it counts on. Resetting moves the base and leaves the cell to the workers, so that a frame counted in the
/// same moment is in one total or in the next.
package struct MeterLedger {
  private struct Row {
    /// What the cell's count is added to; wraps.
    var base = RuleCells.Count()
    /// nil: no rule counts now.
    var cell: UInt32?
    /// As it was last written down; nil: never.
    var saved: RuleCells.Count?
  }

  private var rows: [MeterKey: Row] = [:]
  private let cells: RuleCells

  package init(cells: RuleCells) { self.cells = cells }

  /// Goes on from what an earlier run wrote down.
  package mutating func take(_ kept: [MeterRecord]) {
    for record in kept {
      var row = rows[record.key] ?? Row()
      row.base = row.base &+ record.count
      row.saved = record.count
      rows[record.key] = row
    }
  }

  /// A rule begins to count in a cell that holds nothing.
  package mutating func begin(_ key: MeterKey, cell: UInt32) { rows[key, default: Row()].cell = cell }

  /// A rule counts no more; no worker uses its cell any longer.
  package mutating func end(_ key: MeterKey) {
    guard var row = rows[key], row.cell != nil else { return }
    row.base = total(row)
    row.cell = nil
    rows[key] = row
  }

  /// Every meter's total at this moment, in no order.
  package func records() -> [MeterRecord] { rows.map { MeterRecord($0.key, total($0.value)) } }

  /// Whether a rule counts for it now.
  package func isActive(_ key: MeterKey) -> Bool { rows[key]?.cell != nil }

  /// Of `records`, those that were not written down as they are.
  package func unsaved(_ records: [MeterRecord]) -> [MeterRecord] { records.filter { rows[$0.key]?.saved != $0.count } }

  /// These were written down.
  package mutating func markSaved(_ records: [MeterRecord]) {
    for record in records { rows[record.key]?.saved = record.count }
  }

  /// Sets the chosen meters to zero and returns what they had counted. Those without a rule are forgotten.
  package mutating func reset(where isChosen: (MeterKey) -> Bool) -> [MeterRecord] {
    var cleared: [MeterRecord] = []
    for (key, row) in rows where isChosen(key) {
      let total = total(row)
      cleared.append(MeterRecord(key, total))
      if row.cell == nil {
        rows[key] = nil
      } else {
        rows[key]!.base = row.base &- total
      }
    }
    return cleared
  }

  /// Undoes a reset.
  package mutating func restore(_ cleared: [MeterRecord]) {
    for record in cleared {
      var row = rows[record.key] ?? Row()
      row.base = row.base &+ record.count
      row.saved = nil
      rows[record.key] = row
    }
  }

  private func total(_ row: Row) -> RuleCells.Count { row.cell.map { row.base &+ cells[$0] } ?? row.base }
}

extension RuleCells.Count {
  static func &+ (a: Self, b: Self) -> Self { Self(frames: a.frames &+ b.frames, bytes: a.bytes &+ b.bytes) }
  static func &- (a: Self, b: Self) -> Self { Self(frames: a.frames &- b.frames, bytes: a.bytes &- b.bytes) }
}
