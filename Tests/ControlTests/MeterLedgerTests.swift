import Control
import Dataplane
import Testing

@Suite("Totals of meters")
struct MeterLedgerTests {
  private let key = MeterKey(port: "vm1", direction: .in, end: .remote, address: "10.0.0.0/8")

  private func withLedger(_ body: (inout MeterLedger, RuleCells) -> Void) {
    let cells = RuleCells(workers: 2)
    defer { cells.deallocate() }
    var ledger = MeterLedger(cells: cells)
    body(&ledger, cells)
  }

  private func frames(_ records: [MeterRecord]) -> [UInt64] { records.map(\.count.frames) }

  @Test("workers' counts are summed on top of what was kept")
  func sums() {
    withLedger { ledger, cells in
      ledger.take([MeterRecord(key, .init(frames: 100, bytes: 1000))])
      ledger.begin(key, cell: 3)
      cells.add(3, worker: 0, frames: 2, bytes: 20)
      cells.add(3, worker: 1, frames: 5, bytes: 50)
      #expect(ledger.records() == [MeterRecord(key, .init(frames: 107, bytes: 1070))])
    }
  }

  @Test("a rule that goes keeps its total, and counts on when it comes back in another cell")
  func comesBack() {
    withLedger { ledger, cells in
      ledger.begin(key, cell: 3)
      cells.add(3, worker: 0, frames: 4, bytes: 40)
      ledger.end(key)
      cells.clear(3)
      #expect(frames(ledger.records()) == [4] && !ledger.isActive(key))
      ledger.begin(key, cell: 8)
      cells.add(8, worker: 1, frames: 1, bytes: 10)
      #expect(frames(ledger.records()) == [5] && ledger.isActive(key))
    }
  }

  @Test("resets tell every frame once, and what no rule counts goes with its reset")
  func resets() {
    withLedger { ledger, cells in
      ledger.take([MeterRecord(key, .init(frames: 10, bytes: 100))])
      ledger.begin(key, cell: 1)
      cells.add(1, worker: 0, frames: 1, bytes: 10)
      #expect(frames(ledger.reset { _ in true }) == [11])
      cells.add(1, worker: 0, frames: 2, bytes: 20)
      #expect(frames(ledger.records()) == [2])
      #expect(frames(ledger.reset { _ in false }) == [])
      #expect(frames(ledger.reset { _ in true }) == [2])
      ledger.end(key)
      #expect(frames(ledger.reset { _ in true }) == [0])
      #expect(ledger.records() == [])
    }
  }

  @Test("a reset that could not be written down did not happen")
  func restores() {
    withLedger { ledger, cells in
      ledger.begin(key, cell: 1)
      cells.add(1, worker: 0, frames: 3, bytes: 30)
      let cleared = ledger.reset { _ in true }
      cells.add(1, worker: 0, frames: 1, bytes: 10)
      ledger.restore(cleared)
      #expect(frames(ledger.records()) == [4])
    }
  }

  @Test("only what changed since the last save is written")
  func saves() {
    withLedger { ledger, cells in
      ledger.begin(key, cell: 1)
      #expect(ledger.unsaved(ledger.records()).count == 1)
      ledger.markSaved(ledger.records())
      #expect(ledger.unsaved(ledger.records()) == [])
      cells.add(1, worker: 0, frames: 3, bytes: 30)
      #expect(frames(ledger.unsaved(ledger.records())) == [3])
    }
  }
}
