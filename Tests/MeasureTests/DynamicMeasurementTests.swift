import Measure
import Testing
import Units

@Suite struct DynamicMeasurementTests {
  @Test("the same seed asks for the same, another for something else")
  func seeds() {
    let load = DynamicLoad(seed: 1, phases: 4)
    #expect(load.phases == DynamicLoad(seed: 1, phases: 4).phases)
    #expect(load.phases != DynamicLoad(seed: 2, phases: 4).phases)
    #expect(load.phases.allSatisfy { $0.count == DynamicLoad.vms && $0.count { $0 > 0 } == 10 })
    #expect(load.phases.joined().allSatisfy { $0 == 0 || (0.2...0.8).contains($0) })
  }

  @Test("what is asked for are frames, and what iperf3 paces is their payload")
  func payloadOfFrames() {
    #expect(BitRate(bitsPerSecond: 1_514_000).tcpPayload(mtu: 1500) == BitRate(bitsPerSecond: 1_448_000))
    #expect(BitRate(bitsPerSecond: 9_014_000).tcpPayload(mtu: 9000) == BitRate(bitsPerSecond: 8_948_000))
  }

  @Test("the best placement is that of the heaviest first; one for all phases is made for their mean")
  func bestPlacement() {
    #expect(BestPlacement.anew([[0.6, 0.6, 0.4, 0.4]], workers: 2) == [2])
    #expect(BestPlacement.anew([[0.9, 0.9, 0.9]], workers: 2) == [1.9])
    // Whatever the two are given to, one phase puts both heavy ones on one worker.
    #expect(BestPlacement.once([[1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]], workers: 2) == [2, 2, 2])
    #expect(BestPlacement.once([[1, 1, 0], [0, 1, 1], [1, 0, 1]], workers: 2).reduce(0, +) == 5)
    #expect(BestPlacement.once([], workers: 2).isEmpty)
  }

  /// Two phases of 8 s: 1,500 bytes a second are carried in the first three seconds of each, then 2,000.
  private static let samples: [SwitchSample] = (0...180).map { tenths in
    let seconds = Double(tenths) / 10
    let phase = seconds.truncatingRemainder(dividingBy: 9)
    let whole = Double(Int(seconds / 9)) * (3 * 1500 + 6 * 2000)
    let bytes = whole + (phase < 3 ? phase * 1500 : 4500 + (phase - 3) * 2000)
    return SwitchSample(
      time: .seconds(100) + .milliseconds(UInt64(tenths) * 100),
      ports: [.init(name: "up", receivedBytes: UInt64(bytes), transmittedBytes: 0, overrunFrames: 0)],
      workers: [.init(worker: 0, cpu: 0, loadSeconds: seconds / 4, frames: 0)])
  }

  @Test("each phase is judged by its own best placement, and from 3 s after the shift on")
  func phases() throws {
    let windows = [100, 109].compactMap {
      Window(start: .seconds(UInt64($0)), end: .seconds(UInt64($0) + 8))
    }
    let move = SwitchMove(
      time: .seconds(102), port: "vm1", entry: nil, from: 0, to: 1, reason: "overload", heldFrames: 3,
      longestHoldMicroseconds: 12, expired: 0)
    var early = move
    early.time = .seconds(99)
    let result = try DynamicMeasurement(
      samples: Self.samples, moves: [early, move], windows: windows, demands: [[0.5, 0.5], [1, 1]],
      capacity: BitRate(bitsPerSecond: 8000), workers: 2, isSpread: false, linkPort: "up", reorderings: 0
    ).result()
    #expect(result.phases.map(\.bestBitsPerSecond) == [8000, 16_000])
    #expect(result.phases.map(\.askedBitsPerSecond) == [8000, 16_000])
    #expect(result.phases.allSatisfy { abs($0.recoveredBitsPerSecond - 16_000) < 100 })
    #expect(result.phases.allSatisfy { abs($0.carriedBitsPerSecond - 14_500) < 100 })
    #expect(abs((result.carriedOfBest ?? 0) - 29.0 / 24) < 0.01)
    #expect(abs((result.recoveredOfBest ?? 0) - 1.5) < 0.02)
    #expect(result.moves.map(\.seconds) == [2])
    #expect(abs((result.workerSeries[0].points.first?.load ?? 0) - 0.25) < 0.01)
  }

  private static func repeated(carried: Double, moves: [MoveMark] = []) throws -> Repeat {
    let windows = [100, 109].compactMap { Window(start: .seconds(UInt64($0)), end: .seconds(UInt64($0) + 8)) }
    var result = try DynamicMeasurement(
      samples: samples, moves: [], windows: windows, demands: [[1, 1], [1, 1]],
      capacity: BitRate(bitsPerSecond: UInt64(16_000 / carried / 2)), workers: 2, isSpread: false, linkPort: "up",
      reorderings: 0
    ).result()
    result.throughputBitsPerSecond = carried
    return result
  }

  @Test("claims are judged by the runs; what was not run says so")
  func claims() throws {
    #expect(DynamicClaims.evaluate([]).allSatisfy { $0.reproduced == nil && $0.measured == "not run" })
    func run(_ name: String, _ carried: Double) throws -> Run {
      Run(
        scenario: Scenario(
          name: name, label: name, group: "g", steering: name, migrations: 0, targets: 16, transport: "tcp", mtu: 1500,
          emulatedShare: nil, link: nil, workerCapacity: BitRate(bitsPerSecond: 8000), sourcePorts: []),
        repeats: [try Self.repeated(carried: carried)])
    }
    func holds(_ id: String, _ runs: [Run]) -> Bool? {
      DynamicClaims.evaluate(runs).first { $0.id == id }?.reproduced
    }
    let good = [try run("vmq-static", 0.7), try run("vmq-dynamic", 0.99)]
    #expect(holds("better-than-static", good) == true)
    #expect(holds("redistributed-by-load", good) == true)
    #expect(holds("order-is-kept", good) == true)
    // No move was made.
    #expect(holds("one-queue-one-core", good) == false)
    let bad = [try run("vmq-static", 0.7), try run("vmq-dynamic", 0.5)]
    #expect(holds("better-than-static", bad) == false)
    #expect(holds("redistributed-by-load", bad) == false)
    #expect(holds("tunes-itself", bad) == false)
  }
}
