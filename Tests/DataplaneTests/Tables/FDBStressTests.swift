import Dataplane
import Synchronization
import Testing
import Units

/// Several threads learn, look up, age and list at once, in a table so small that entries push each other out. Every
/// address has ports of its own: a reader that sees another's has seen a torn entry.
@Suite struct FDBStressTests {
  @Test(arguments: [1, 4, 64]) func readersNeverSeeAPortThatWasNeverStoredForTheAddress(capacity: Int) {
    let fdb = FDB(addresses: capacity)
    defer { fdb.deallocate() }
    let wrong = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
    let work = { @Sendable [fdb] (thread: Int) -> (wrong: Int, seen: Int) in
      var generator = SplitMix64(seed: UInt64(thread))
      var (wrong, seen) = (0, 0)
      for step in 0..<150_000 {
        // Ports 256 * address ..< 256 * (address + 1).
        let address = UInt64.random(in: 1...UInt64(capacity * 3), using: &generator)
        if let port = fdb.port(of: address, vlan: 5) {
          seen += 1
          if UInt64(port >> 8) != address { wrong += 1 }
        }
        switch thread {
        case 0..<3:
          let port = UInt16(address << 8) | UInt16.random(in: 0..<4, using: &generator)
          fdb.learn(address, vlan: 5, port: port, second: UInt32(step / 100))
        default:
          if step % 500 == 0 && capacity > 1 { fdb.age(second: UInt32(step / 100), ageing: 20) }
          if step % 7 == 0 {
            for entry in fdb.entries() where UInt64(entry.port.index >> 8) != entry.address.value { wrong += 1 }
          }
          if step % 1100 == 0 && capacity > 1 { fdb.remove { $0.address.value == address } }
        }
      }
      return (wrong, seen)
    }
    onThreads(4) { thread in
      let counts = work(thread)
      wrong.add(counts.wrong, ordering: .relaxed)
      seen.add(counts.seen, ordering: .relaxed)
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(seen.load(ordering: .relaxed) > 10_000)
    #expect(fdb.entryCount == fdb.entries().count)
    #expect(fdb.entryCount <= capacity + 3, "each of three writers may pass the limit by one")
    #expect(Set(fdb.entries().map(\.address)).count == fdb.entries().count, "an address is in the table twice")
  }
}
