import CMillraceABI
import Dataplane
import Rings
import Testing

/// Random frames, through random ports with random VLANs, some of them mirrored, against `NaiveBridge`: byte for byte, in
/// order, and every drop with its reason.
@Suite struct BridgeModelTests {
  private static let vlans = [1, 2, 3, 4, 100, 4094]

  @Test(arguments: 1...8, [false, true]) func theSwitchDoesWhatANaiveBridgeDoes(seed: Int, mirrors: Bool) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    var plan = (0..<Int.random(in: 2...7, using: &generator)).map { _ in Self.port(&generator) }
    if mirrors {
      for port in plan.indices {
        let parts: [PortMirroring] = plan[port].isUplink ? [.none, .source] : PortMirroring.allCases
        plan[port].mirroring = parts.randomElement(using: &generator)!
      }
    }
    let ports = plan.map { port in
      TestPort(
        vlan: port.tagged.map { .trunk($0.map(UInt16.init), native: UInt16(port.untagged)) }
          ?? .access(UInt16(port.untagged)),
        isUplink: port.isUplink, maximumFrame: port.maximumFrame, mirroring: port.mirroring)
    }
    var naive = NaiveBridge(plan)
    try withSwitch(ports, workers: 2) { bench in
      for round in 0..<300 {
        var expected: [[[UInt8]]] = Array(repeating: [], count: plan.count)
        // One worker takes what arrived in the order of the ports.
        for port in plan.indices {
          for _ in 0..<Int.random(in: 0...25, using: &generator) {
            let (frame, tci) = Self.frame(&generator)
            bench.inject(
              frame, at: port, flags: tci == nil ? 0 : MR_META_VLAN, tci: UInt16(tci ?? 0),
              part: [FrameArena.partCapacity, 64, 333].randomElement(using: &generator)!)
            for (output, bytes) in naive.forward(frame, beside: tci, at: port) { expected[output].append(bytes) }
          }
        }
        while bench.pass(worker: round % 2) > 0 {}
        let sent = bench.takeAll()
        if sent != expected {
          let port = try #require(plan.indices.first { sent[$0] != expected[$0] })
          Issue.record(
            "round \(round), port \(port) of \(plan): \(Self.firstDifference(sent[port], expected[port]))")
          return
        }
      }
      for counter in Counter.allCases where counter.dropReason != nil {
        let counted = plan.indices.map { Int(bench.count(counter, at: $0)) }
        #expect(counted == naive.drops[counter] ?? Array(repeating: 0, count: plan.count), "\(counter)")
      }
    }
  }

  private static func firstDifference(_ sent: [[UInt8]], _ expected: [[UInt8]]) -> String {
    guard let place = (0..<min(sent.count, expected.count)).first(where: { sent[$0] != expected[$0] }) else {
      return "\(sent.count) frames, not \(expected.count)"
    }
    func text(_ frame: [UInt8]) -> String { "\(frame.count) bytes \(frame.prefix(24))" }
    return "frame \(place) is \(text(sent[place])), not \(text(expected[place]))"
  }

  private static func port(_ generator: inout SplitMix64) -> NaiveBridge.Port {
    let isTrunk = Bool.random(using: &generator)
    return .init(
      untagged: vlans[..<3].randomElement(using: &generator)!,
      tagged: isTrunk ? Set(vlans.filter { _ in Bool.random(using: &generator) }) : nil,
      isUplink: Int.random(in: 0..<3, using: &generator) == 0,
      maximumFrame: [114, 314, 1514].randomElement(using: &generator)!)
  }

  /// A frame, mostly sane, between few stations; and the tag beside it, if any.
  private static func frame(_ generator: inout SplitMix64) -> ([UInt8], Int?) {
    func address() -> UInt64 {
      switch Int.random(in: 0..<40, using: &generator) {
      case 0: broadcast
      case 1: multicast
      case 2: 0x0180_C200_0000 | UInt64.random(in: 0..<32, using: &generator)
      default: station(Int.random(in: 0..<30, using: &generator))
      }
    }
    var source = address()
    if source & (1 << 40) != 0 && Int.random(in: 0..<4, using: &generator) != 0 { source = station(31) }
    func tci() -> Int {
      let vlan = Int.random(in: 0..<8, using: &generator) == 0 ? 0 : vlans.randomElement(using: &generator)!
      return vlan | Int.random(in: 0..<16, using: &generator) << 12
    }
    // Often about as long as some port takes.
    let length =
      switch Int.random(in: 0..<50, using: &generator) {
      case 0: Int.random(in: 1490...1510, using: &generator)
      case 1..<10: Int.random(in: 92...104, using: &generator)
      default: Int.random(in: 0...320, using: &generator)
      }
    var frame = ethernet(
      to: address(), from: source, tci: Bool.random(using: &generator) ? tci() : nil,
      payload: [UInt8](repeating: UInt8.random(in: 0...255, using: &generator), count: length))
    if Int.random(in: 0..<50, using: &generator) == 0 {
      frame = Array(frame[..<Int.random(in: 1..<min(20, frame.count), using: &generator)])
    }
    return (frame, Int.random(in: 0..<5, using: &generator) == 0 ? tci() : nil)
  }
}
