import Dataplane
import Synchronization
import Testing

@Suite struct FlowTableTests {
  private static func key(_ n: Int) -> FlowKey {
    let remote = PacketEnd(
      high: 0x0A00_0002_0000_0000 | UInt64(n >> 16) << 32, low: 0, port: UInt16(truncatingIfNeeded: n))
    let local = PacketEnd(high: 0x0A00_0001_0000_0000, low: 0, port: 0)
    return FlowKey(local: local, remote: remote, ipProtocol: 17, isIPv6: false, port: 3, vlan: 7)
  }

  /// Random calls in a small table, compared with a dictionary.
  @Test(arguments: 0..<8)
  func itIsADictionaryWithALimit(seed: UInt64) {
    let (capacity, idle) = (48, UInt32(20))
    let table = FlowTable(capacity: capacity, seed: seed)
    defer { table.deallocate() }
    var random = SplitMix64(seed: seed)
    // By key: cell, second of last use.
    var model: [Int: (cell: UInt32, second: UInt32)] = [:]
    var second: UInt32 = 1000
    var refused = 0
    func isOver(_ entry: (cell: UInt32, second: UInt32)) -> Bool { second - entry.second > idle }
    for _ in 0..<40_000 {
      let n = Int.random(in: 0..<80, using: &random)
      let key = Self.key(n)
      let hash = table.hash(key)
      let live = model[n].flatMap { isOver($0) ? nil : $0 }
      switch Int.random(in: 0..<100, using: &random) {
      case 0..<40:
        let found = table.find(key, hash, second: second)
        #expect(found?.cell == live?.cell)
        if let found {
          table.note(found, isTCP: false, flags: 0, fromLocal: true, second: second)
          model[n]?.second = second
        }
      case 40..<85:
        let cell = UInt32.random(in: 1...5, using: &random)
        let isKept = table.insert(
          key, hash, .established, cell: cell, idleSeconds: idle, openerIsLocal: true, second: second)
        #expect(isKept == (model[n] != nil || model.count < capacity))
        if !isKept { refused += 1 }
        if isKept && live == nil { model[n] = (cell, second) }
      case 85..<97: second += UInt32.random(in: 0...3, using: &random)
      case 97..<99:
        #expect(table.expire(second: second) == model.values.count(where: isOver))
        model = model.filter { !isOver($0.value) }
      default:
        #expect(table.remove(cells: [5]) == model.values.count { $0.cell == 5 })
        model = model.filter { $0.value.cell != 5 }
      }
      #expect(table.count == model.count)
    }
    #expect(refused > 100 && table.refusedCount == UInt64(refused))
  }

  /// Every key has cells of its own: a reader that sees another's has seen an entry that became another flow's.
  @Test func readersOnOtherThreadsNeverSeeAnotherFlowsEntry() {
    let keys = 200
    let table = FlowTable(capacity: 64, seed: 1)
    defer { table.deallocate() }
    let wrong = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
    onThreads(4) { thread in
      var random = SplitMix64(seed: UInt64(thread))
      for step in 0..<200_000 {
        let n = Int.random(in: 0..<keys, using: &random)
        let key = Self.key(n)
        let hash = table.hash(key)
        let second = UInt32(1000 + step / 400)
        if let found = table.find(key, hash, second: second) {
          seen.add(1, ordering: .relaxed)
          if Int(found.cell) % keys != n { wrong.add(1, ordering: .relaxed) }
          table.note(found, isTCP: false, flags: 0, fromLocal: true, second: second)
        } else if thread < 3 {
          let cell = UInt32(n + keys * thread)
          _ = table.insert(key, hash, .established, cell: cell, idleSeconds: 2, openerIsLocal: true, second: second)
        }
        if thread == 3 && step % 100 == 0 {
          table.expire(second: second)
          table.remove(cells: [UInt32(n), UInt32(n + keys)])
        }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(seen.load(ordering: .relaxed) > 10_000)
    #expect(table.count <= 64)
    #expect(table.expire(second: 100_000) <= 64)
    #expect(table.count == 0, "an entry was lost")
  }
}
