import Dataplane
import Testing
import Units

/// Random learning, moving, ageing, flushing and static entries, against a dictionary.
@Suite struct FDBModelTests {
  private struct Key: Hashable {
    var address: UInt64
    var vlan: UInt16
  }

  private struct Value: Equatable {
    var port: UInt16
    var second: UInt32
    var isStatic: Bool
  }

  private func contents(_ fdb: FDB) -> [Key: Value] {
    Dictionary(
      uniqueKeysWithValues: fdb.entries().map {
        (
          Key(address: $0.address.value, vlan: $0.vlan),
          Value(port: $0.port.index, second: $0.second, isStatic: $0.isStatic)
        )
      })
  }

  @Test(arguments: 1...4) func aTableWithRoomIsADictionary(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let fdb = FDB(addresses: 2048)
    defer { fdb.deallocate() }
    var naive: [Key: Value] = [:]
    var second: UInt32 = 100
    for step in 0..<60_000 {
      let key = Key(
        address: UInt64.random(in: 0..<300, using: &generator) << (seed == 1 ? 24 : 0),
        vlan: UInt16.random(in: 0..<3, using: &generator))
      let port = UInt16.random(in: 0..<1024, using: &generator)
      switch Int.random(in: 0..<1000, using: &generator) {
      case 0..<900:
        fdb.learn(key.address, vlan: key.vlan, port: port, second: second)
        if naive[key]?.isStatic != true { naive[key] = Value(port: port, second: second, isStatic: false) }
      case 900..<905:
        fdb.insertStatic(MACAddress(value: key.address), vlan: key.vlan, port: PortID(port))
        naive[key] = Value(port: port, second: 0, isStatic: true)
      case 905..<907:
        fdb.age(second: second, ageing: 40)
        naive = naive.filter { $0.value.isStatic || second - $0.value.second <= 40 }
      case 907:
        fdb.remove { $0.vlan == key.vlan }
        naive = naive.filter { $0.key.vlan != key.vlan }
      case 908:
        fdb.remove { !$0.isStatic }
        naive = naive.filter(\.value.isStatic)
      case 909..<950: second += 1
      default: break
      }
      guard fdb.port(of: key.address, vlan: key.vlan) == naive[key]?.port, fdb.entryCount == naive.count else {
        let port = fdb.port(of: key.address, vlan: key.vlan)
        Issue.record(
          "step \(step): \(port as Any), \(fdb.entryCount) entries; naive: \(naive[key] as Any), \(naive.count)")
        return
      }
      if step % 5000 == 0 { try #require(contents(fdb) == naive) }
    }
    #expect(contents(fdb) == naive)
    #expect(fdb.refusedCount == 0)
  }

  /// A table that is too small may forget; what it still answers is the last that was stored.
  @Test(arguments: 1...3) func aTableWithoutRoomNeverAnswersWithAnOldPort(seed: Int) {
    var generator = SplitMix64(seed: UInt64(seed))
    let fdb = FDB(addresses: 50)
    defer { fdb.deallocate() }
    var naive: [UInt64: UInt16] = [:]
    for step in 0..<100_000 {
      let address = UInt64.random(in: 0..<200, using: &generator)
      if Bool.random(using: &generator) {
        let port = UInt16.random(in: 0..<1024, using: &generator)
        fdb.learn(address, vlan: 0, port: port, second: UInt32(step))
        naive[address] = port
      }
      if let port = fdb.port(of: address, vlan: 0), port != naive[address] {
        Issue.record("step \(step)")
        return
      }
      if step % 10_000 == 0 { fdb.age(second: UInt32(step), ageing: 500) }
    }
    #expect(fdb.entryCount <= 50)
    #expect(fdb.entryCount == fdb.entries().count)
  }
}
