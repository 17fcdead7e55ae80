import Dataplane
import Testing
import Units

@Suite struct FDBTests {
  private func withFDB(_ addresses: Int, _ body: (FDB) throws -> Void) rethrows {
    let fdb = FDB(addresses: addresses)
    defer { fdb.deallocate() }
    try body(fdb)
  }

  @Test func anEntryAgesWhenItWasNotSeenForLongEnough() {
    withFDB(16) { fdb in
      fdb.learn(station(1), vlan: 0, port: 1, second: 1000)
      fdb.learn(station(2), vlan: 0, port: 2, second: 1000)
      fdb.learn(station(2), vlan: 0, port: 2, second: 1200)
      fdb.age(second: 1300, ageing: 300)
      #expect(fdb.entryCount == 2)
      fdb.age(second: 1301, ageing: 300)
      #expect(fdb.port(of: station(1), vlan: 0) == nil)
      #expect(fdb.port(of: station(2), vlan: 0) == 2)
      #expect(fdb.entryCount == 1)
    }
  }

  @Test func staticEntriesNeitherAgeNorMove() {
    withFDB(16) { fdb in
      fdb.learn(station(1), vlan: 3, port: 9, second: 5)
      fdb.insertStatic(MACAddress(value: station(1)), vlan: 3, port: PortID(4))
      fdb.learn(station(1), vlan: 3, port: 7, second: 10)
      fdb.age(second: 100_000, ageing: 1)
      #expect(fdb.port(of: station(1), vlan: 3) == 4)
      #expect(fdb.entries().map(\.isStatic) == [true])
      #expect(fdb.entries().map(\.port) == [PortID(4)])
      fdb.remove { $0.port == PortID(4) }
      #expect(fdb.port(of: station(1), vlan: 3) == nil)
    }
  }

  @Test(arguments: [1, 16, 1024, 16384, 65536]) func itHoldsAllTheAddressesItIsMadeFor(addresses: Int) {
    withFDB(addresses) { fdb in
      for i in 0..<addresses { fdb.learn(station(i), vlan: 1, port: UInt16(i & 1023), second: 1) }
      #expect(fdb.entryCount == addresses)
      #expect((0..<addresses).allSatisfy { fdb.port(of: station($0), vlan: 1) == UInt16($0 & 1023) })
      #expect(fdb.refusedCount == 0)
    }
  }

  @Test func aFullTableForgetsTheOldestOfTheTwoLinesOrRefuses() {
    withFDB(64) { fdb in
      for i in 0..<10_000 { fdb.learn(station(i), vlan: 0, port: 1, second: UInt32(i)) }
      #expect(fdb.entryCount == 64)
      #expect(fdb.entries().count == 64)
      let kept = fdb.entries().filter { $0.second >= 9000 }.count
      #expect(kept > 32, "a table of old entries learns nothing new")
    }
  }

  @Test func whatIsStaticIsNeverPushedOut() {
    withFDB(64) { fdb in
      for i in 0..<64 { fdb.insertStatic(MACAddress(value: station(i)), vlan: 0, port: PortID(UInt16(i))) }
      for i in 64..<5000 { fdb.learn(station(i), vlan: 0, port: 1, second: 9) }
      #expect((0..<64).allSatisfy { fdb.port(of: station($0), vlan: 0) == UInt16($0) })
      #expect(fdb.refusedCount == 5000 - 64)
    }
  }

  @Test func vlansAndAddressesDoNotMix() {
    withFDB(64) { fdb in
      for vlan in [0, 1, 4094, 4095] as [UInt16] {
        for address in [0, 1, 0xFEFF_FFFF_FFFF] as [UInt64] {
          fdb.learn(address, vlan: vlan, port: vlan &+ UInt16(truncatingIfNeeded: address), second: 1)
        }
      }
      for vlan in [0, 1, 4094, 4095] as [UInt16] {
        for address in [0, 1, 0xFEFF_FFFF_FFFF] as [UInt64] {
          #expect(fdb.port(of: address, vlan: vlan) == vlan &+ UInt16(truncatingIfNeeded: address))
        }
      }
      #expect(fdb.entryCount == 12)
    }
  }
}
