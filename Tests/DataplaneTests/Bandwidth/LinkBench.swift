import CMillraceABI
import Dataplane
import Ports
import Testing
import Units

/// A stream of UDP frames that a port offers to the uplink.
struct Stream {
  /// 1 and up; 0 is the uplink.
  var port: Int
  /// Bits a second of frames.
  var rate: Double
  var dscp = 0
  /// The two bits of ECN: 2 says that the flow knows it.
  var ecn = 0
  /// UDP flows; frames take them in turns.
  var flows = 1
  /// Bytes of a frame.
  var size = 1514
  /// Segments of a super-frame; `size` is then a segment's.
  var segments = 1
  var isOn = true
}

/// Ports that send to one uplink, on a clock of its own. A flow has one worker, as steering gives it.
final class LinkBench {
  let bench: TestSwitch
  private let workers: Int
  var streams: [Stream]
  /// Bits that each flow of each stream is to send still.
  private var owed: [[Double]]
  private var sequence: [[Int]]
  private var templates: [[[UInt8]]]
  /// Bytes that arrived of each stream, super-frames as their segments' frames.
  private(set) var received: [Double]
  /// Frames that were out of their flow's order.
  private(set) var disordered = 0
  private var lastSeen: [[Int]]
  private(set) var offered: [Int]
  private(set) var arrived: [Int]

  static let step: UInt64 = 50_000

  init(_ bench: TestSwitch, workers: Int, streams: [Stream]) {
    self.bench = bench
    self.workers = workers
    self.streams = streams
    // Flows come one after another, not all at once.
    owed = streams.map { stream in
      (0..<stream.flows).map { Double(stream.size * stream.segments * 8 * $0) / Double(stream.flows) }
    }
    received = streams.map { _ in 0 }
    offered = streams.map { _ in 0 }
    arrived = streams.map { _ in 0 }
    sequence = streams.map { Array(repeating: 0, count: $0.flows) }
    lastSeen = streams.map { Array(repeating: -1, count: $0.flows) }
    templates = streams.enumerated().map { i, stream in
      (0..<stream.flows).map { flow in
        let payload = (stream.size - 42) * stream.segments
        return udpFrame(
          to: station(1000), from: station(stream.port), ports: (20_000 + i, 30_000 + flow), payload: payload,
          trafficClass: stream.dscp << 2 | stream.ecn)
      }
    }
    bench.send(ethernet(to: broadcast, from: station(1000)), at: 0)
    _ = bench.takeAll()
  }

  /// Offers, passes and takes, for so long.
  func run(milliseconds: Double) {
    for step in 0..<Int(milliseconds * 1e6 / Double(Self.step)) {
      for i in streams.indices where streams[i].isOn { offer(i, to: step % workers) }
      bench.pass(worker: step % workers, after: Self.step)
      collect()
    }
  }

  private func offer(_ i: Int, to worker: Int) {
    let stream = streams[i]
    let bits = Double(stream.size * stream.segments * 8)
    for flow in 0..<stream.flows {
      owed[i][flow] += stream.rate / Double(stream.flows) * Double(Self.step) / 1e9
      guard (i + flow) % workers == worker else { continue }
      while owed[i][flow] >= bits {
        owed[i][flow] -= bits
        var frame = templates[i][flow]
        let number = sequence[i][flow]
        sequence[i][flow] += 1
        for b in 0..<4 { frame[42 + b] = UInt8(truncatingIfNeeded: number >> (24 - 8 * b)) }
        bench.inject(
          frame, at: stream.port,
          flags: stream.segments > 1 ? MR_META_GSO_UDP | MR_META_PARTIAL | MR_META_CHECKSUM_KNOWN : 0,
          gsoSize: stream.segments > 1 ? stream.size - 42 : 0)
        offered[i] += 1
      }
    }
  }

  private func collect() {
    while let frame = bench.ports[0].takeTransmitted() {
      let bytes = frame.bytes
      guard bytes.count > 46, bytes[12] == 8 else { continue }
      let i = Int(bytes[34]) << 8 + Int(bytes[35]) - 20_000
      let flow = Int(bytes[36]) << 8 + Int(bytes[37]) - 30_000
      let segments = frame.gsoSize > 0 ? (bytes.count - 42 + frame.gsoSize - 1) / frame.gsoSize : 1
      received[i] += Double(bytes.count + (segments - 1) * 42)
      arrived[i] += 1
      // Segments that were cut carry payload, not numbers.
      guard streams[i].segments == 1 else { continue }
      let number = (0..<4).reduce(0) { $0 << 8 | Int(bytes[42 + $1]) }
      if number <= lastSeen[i][flow] { disordered += 1 }
      lastSeen[i][flow] = number
    }
  }

  /// Bits a second of each stream, over a time.
  func rates(milliseconds: Double) -> [Double] {
    let before = received
    run(milliseconds: milliseconds)
    return zip(received, before).map { ($0 - $1) * 8 / (milliseconds / 1000) }
  }
}

/// A plan of an uplink at place 0 and so many ports, and the switch for it.
func withLink(
  _ rate: UInt64?, ports: Int, workers: Int = 1, maximumFrame: Int = 9230, streams: [Stream], heldChunks: Int = 2000,
  _ change: (inout BandwidthPlan) -> Void = { _ in }, _ body: (LinkBench) throws -> Void
) throws {
  var setup = Array(repeating: TestPort(maximumFrame: maximumFrame), count: ports + 1)
  setup[0].isUplink = true
  try withSwitch(setup, workers: workers, arena: Bytes(64 << 20)) { bench in
    var plan = BandwidthPlan(ports: (0...ports).map { BandwidthPlan.Port(index: $0) })
    plan.ports[0].isUplink = true
    plan.ports[0].rate = rate.map { BitRate(bitsPerSecond: $0) }
    change(&plan)
    bench.manage(plan, heldChunks: heldChunks)
    let link = LinkBench(bench, workers: workers, streams: streams)
    try body(link)
    #expect(link.disordered == 0)
  }
}
