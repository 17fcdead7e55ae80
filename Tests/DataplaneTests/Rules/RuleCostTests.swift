import CLinux
import Dataplane
import Foundation
import Ports
import Rings
import Testing
import Units
import Wire

/// What rules cost a frame in the pipeline: memory ports, one worker, frames of 64 bytes, addresses drawn evenly over
/// the prefixes. Compared in turns with a port without rules.
@Suite(.serialized, .enabled(if: isAcceptance, "measures; run by Scripts/accept"))
struct RuleCostTests {
  /// Nanoseconds a frame.
  struct Cost {
    var without: Double
    var with: Double
    var added: Double { with - without }
  }

  @Test(arguments: [RuleEnd.remote, .local], [4, 6])
  func prefixes(end: RuleEnd, version: Int) throws {
    for (count, limit) in [(1, 20.0), (1000, 20.0), (10_000, 20.0), (100_000, 30.0)] {
      let prefixes = try spreadPrefixes(count, version: version)
      for isIn in [false, true] {
        let rules = PortRules.Direction(
          basic: prefixes.enumerated().map { BasicRule(.meter, end, .prefix($1), cell: UInt32($0 + 1)) })
        let cost = try measure(rules, isIn: isIn, end: end, version: version, over: prefixes)
        print(
          "COST \(count) IPv\(version) prefixes, \(end) \(isIn ? "in" : "out"): "
            + "\(text(cost.without)) -> \(text(cost.with)): +\(text(cost.added)) ns a frame")
        #expect(cost.added < limit)
      }
    }
  }

  /// Every flow is known; frames of all of them in no order.
  @Test func statefulRules() throws {
    let flows = 100_000
    let rules = PortRules.Direction(extended: [
      ExtendedRule(weight: 2, .allow, ipProtocol: 17, isStateful: true, cell: 1),
      ExtendedRule(weight: 1, .deny, cell: 2),
    ])
    for isIn in [false, true] {
      var random = SplitMix64(seed: 9)
      var addresses: [UInt8] = []
      for _ in 0..<1 << 20 {
        let n = Int.random(in: 0..<flows, using: &random)
        addresses += [10] + [n >> 16, n >> 8, n].map { UInt8(truncatingIfNeeded: $0) }
      }
      let cost = try addresses.withUnsafeBytes { bytes in
        let offset = isIn ? 26 : 30
        let plain = try Track(in: .init(), out: .init(), bytes, size: 4, offset: offset, version: 4)
        let ruled = try Track(
          in: isIn ? rules : .init(), out: isIn ? .init() : rules, bytes, size: 4, offset: offset, version: 4,
          flows: 131_072)
        for _ in 0..<4 { _ = ruled.nanosecondsAFrame() }
        #expect(ruled.flowCount > 99_000)
        return Self.compare(plain, ruled)
      }
      print(
        "COST \(flows) flows, stateful, \(isIn ? "in" : "out"): \(text(cost.without)) -> \(text(cost.with)): "
          + "+\(text(cost.added)) ns a frame")
      #expect(cost.added < 60)
    }
  }

  private func text(_ value: Double) -> String { String(format: "%.1f", value) }

  /// Distinct prefixes, a third of them nested in others.
  private func spreadPrefixes(_ count: Int, version: Int) throws -> [IPPrefix] {
    var random = SplitMix64(seed: 5)
    var found: Set<IPPrefix> = []
    var list: [IPPrefix] = []
    while list.count < count {
      var bytes: [UInt8] = (0..<(version == 4 ? 4 : 16)).map { _ in UInt8.random(in: 0...255, using: &random) }
      bytes[0] = version == 4 ? UInt8.random(in: 1...223, using: &random) : 0x20
      if version == 6 { bytes.replaceSubrange(1..<4, with: [0x01, 0x0D, 0xB8]) }
      let lengths = version == 4 ? [16, 20, 24, 24, 24, 28, 32] : [48, 56, 64, 64, 64, 64, 128]
      var prefix = IPPrefix(IPAddress(bytes: bytes)!, length: lengths.randomElement(using: &random)!)
      if let outer = list.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
        let inner = IPPrefix(outer.address, length: min(prefix.length, outer.length))
        if inner.length < prefix.length {
          prefix = IPPrefix(Self.fill(outer, &random), length: prefix.length)
        }
      }
      if found.insert(prefix).inserted { list.append(prefix) }
    }
    return list
  }

  /// A random address of a prefix.
  private static func fill(_ prefix: IPPrefix, _ random: inout SplitMix64) -> IPAddress {
    var bytes = prefix.address.bytes
    for bit in prefix.length..<8 * bytes.count where Bool.random(using: &random) {
      bytes[bit / 8] |= 0x80 >> UInt8(bit % 8)
    }
    return IPAddress(bytes: bytes)!
  }

  private func measure(
    _ rules: PortRules.Direction, isIn: Bool, end: RuleEnd, version: Int, over prefixes: [IPPrefix]
  ) throws -> Cost {
    var random = SplitMix64(seed: 9)
    let size = version == 4 ? 4 : 16
    let count = 1 << 20
    var addresses: [UInt8] = []
    addresses.reserveCapacity(count * size)
    for _ in 0..<count { addresses += Self.fill(prefixes.randomElement(using: &random)!, &random).bytes }
    // The source is remote on the way in and local on the way out.
    let isSource = (end == .remote) == isIn
    let offset = version == 4 ? (isSource ? 26 : 30) : (isSource ? 22 : 38)
    let none = PortRules.Direction()
    return try addresses.withUnsafeBytes { bytes in
      let plain = try Track(in: none, out: none, bytes, size: size, offset: offset, version: version)
      let ruled = try Track(
        in: isIn ? rules : none, out: isIn ? none : rules, bytes, size: size, offset: offset, version: version)
      return Self.compare(plain, ruled)
    }
  }

  static func compare(_ plain: Track, _ ruled: Track) -> Cost {
    var (without, with): ([Double], [Double]) = ([], [])
    for _ in 0..<41 {
      without.append(plain.nanosecondsAFrame())
      with.append(ruled.nanosecondsAFrame())
    }
    // Lower quartiles: a neighbour of a virtual machine, on the same core or cache, slows turns down and speeds none up.
    return Cost(without: without.sorted()[10], with: with.sorted()[10])
  }
}

/// Two memory ports and a worker; frames go from the first to the second, round and round, each time with the next of
/// a million addresses.
final class Track {
  private let pool: FramePool
  private let ports: [MemoryPort]
  private let fdb = FDB(addresses: 1024)
  private var worker: Worker
  private let entries: [PortEntry]
  private let table: ForwardingTable
  private let addresses: UnsafeRawBufferPointer
  private let size: Int
  private let offset: Int
  private var next = 0
  private var waiting: [MemoryRings.Entry] = []
  private let memory: RuleMemory
  private static let batch = 256

  init(
    in arriving: PortRules.Direction, out sent: PortRules.Direction, _ addresses: UnsafeRawBufferPointer, size: Int,
    offset: Int, version: Int, flows: Int = 16
  ) throws {
    (self.addresses, self.size, self.offset) = (addresses, size, offset)
    pool = FramePool(arena: try FrameArena(size: Bytes(8 << 20)))
    let pool = pool
    ports = (0..<2).map { _ in MemoryPort(pool: pool) }
    worker = Worker(index: 0, pool: pool)
    memory = RuleMemory(workers: 1, flows: flows, seed: 3)
    let memory = memory
    let rules = [
      PortRules(in: .init(), out: sent, port: 0, memory: memory),
      PortRules(in: arriving, out: .init(), port: 1, memory: memory),
    ]
    entries = zip(ports, rules).map { port, rules in
      var entry = PortEntry(byteLimit: 1 << 24) { _ in port.io(maximumFrame: 1514) }
      entry.rules = PortRulesView(rules)
      return entry
    }
    table = ForwardingTable(
      entries: entries.enumerated().map { (port: $0.offset, entry: $0.element) }, fdb: fdb, rules: rules)
    fdb.insertStatic(MACAddress(value: station(2)), vlan: 0, port: PortID(1))
    let frame = ipFrame(
      to: station(2), from: station(1), version: version, .udp, payload: pattern(version == 4 ? 22 : 2),
      checksum: .right)
    for _ in 0..<Self.batch { precondition(ports[0].inject(frame)) }
    while let entry = ports[0].rings.pointee.popReceived() { waiting.append(entry) }
  }

  deinit {
    for entry in entries { entry.free() }
    fdb.deallocate()
    memory.deallocate()
  }

  var flowCount: Int { memory.flows.count }

  /// Over a quarter of the addresses.
  func nanosecondsAFrame() -> Double {
    let rounds = addresses.count / size / Self.batch / 4
    let begin = ml_monotonic_ns()
    for _ in 0..<rounds { round() }
    return Double(ml_monotonic_ns() - begin) / Double(rounds * Self.batch)
  }

  private func round() {
    let (arriving, leaving) = (ports[0].rings, ports[1].rings)
    for entry in waiting {
      (pool.arena.base + Int(entry.address) + offset).copyMemory(from: addresses.baseAddress! + next, byteCount: size)
      next += size
      if next == addresses.count { next = 0 }
      _ = arriving.pointee.pushReceived(entry)
    }
    waiting.removeAll(keepingCapacity: true)
    _ = worker.pass(table, now: ml_monotonic_ns())
    while let sent = leaving.pointee.popTransmitted() { waiting.append(sent) }
    precondition(waiting.count == Self.batch, "a frame was dropped")
  }
}
