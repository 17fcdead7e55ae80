import Benchmark
import Dataplane
import Dispatch
import Synchronization
import Units

/// What one frame costs: picoseconds, so that a whole number shows tenths of a nanosecond.
let cost = BenchmarkMetric.custom("picoseconds a frame", useScalingFactor: false)
let costInC = BenchmarkMetric.custom("picoseconds a frame in C", useScalingFactor: false)
let costManaged = BenchmarkMetric.custom("picoseconds a frame with bandwidth management", useScalingFactor: false)
let added = BenchmarkMetric.custom("picoseconds a frame that it adds", useScalingFactor: false)
let costTogether = BenchmarkMetric.custom("picoseconds a frame of two workers", useScalingFactor: false)
let ratio = BenchmarkMetric.custom("two workers over one (1/1000)", useScalingFactor: false)
let overhead = BenchmarkMetric.custom("Swift over C (1/1000)", useScalingFactor: false)

/// Holds what a benchmark works on from its setup to its teardown.
final class Holder<Subject> {
  var subject: Subject?
}

/// One figure: `measure` gives nanoseconds a frame.
func stage<Subject>(
  _ name: String, subject: @escaping () throws -> Subject, measure: @escaping (Subject) -> Double
) {
  let holder = Holder<Subject>()
  Benchmark(
    name,
    configuration: .init(
      metrics: [cost], units: [cost: .count], warmupIterations: 5, maxDuration: .milliseconds(500), maxIterations: 200),
    closure: { benchmark in benchmark.measurement(cost, Int(measure(holder.subject!) * 1000)) },
    setup: { holder.subject = try subject() }, teardown: { holder.subject = nil })
}

/// Swift and C by turns on the same frames.
func comparison(_ name: String, ports: Int, addresses: Int) {
  let holder = Holder<(SwiftBridge, BridgeInC)>()
  Benchmark(
    name,
    configuration: .init(
      metrics: [cost, costInC, overhead], units: [cost: .count, costInC: .count], warmupIterations: 20,
      maxDuration: .seconds(2), maxIterations: 400),
    closure: { benchmark in
      let (swift, c) = holder.subject!
      let (here, there) = (swift.measure(), c.measure())
      benchmark.measurement(cost, Int(here * 1000))
      benchmark.measurement(costInC, Int(there * 1000))
      benchmark.measurement(overhead, Int((here / there - 1) * 1000))
    },
    setup: {
      holder.subject = (
        try SwiftBridge(ports: ports, addresses: addresses), try BridgeInC(ports: ports, addresses: addresses)
      )
    },
    teardown: { holder.subject = nil })
}

/// Links of 100 Gbit/s, each port with 63 classes by DSCP and what is of none; nothing has to wait.
func plan(ports: Int) -> BandwidthPlan {
  var plan = BandwidthPlan(ports: (0..<ports).map { BandwidthPlan.Port(index: $0) })
  for i in 0..<ports {
    plan.ports[i].rate = BitRate(bitsPerSecond: 100_000_000_000)
    plan.ports[i].minimum = .weight(10)
    plan.ports[i].classes = (0..<63).map { dscp in
      var match = ClassMatch()
      match.dscp = 1 << UInt64(dscp)
      var each = BandwidthPlan.Class(name: "\(dscp)", match: match)
      each.minimum = .weight(1 + dscp)
      each.maximum = BitRate(bitsPerSecond: 50_000_000_000)
      return each
    }
  }
  return plan
}

/// Without and with bandwidth management, by turns on the same frames.
func managed(_ name: String, ports: Int, addresses: Int) {
  let holder = Holder<(SwiftBridge, SwiftBridge)>()
  Benchmark(
    name,
    configuration: .init(
      metrics: [cost, costManaged, added], units: [cost: .count, costManaged: .count, added: .count],
      warmupIterations: 20, maxDuration: .seconds(2), maxIterations: 400),
    closure: { benchmark in
      let (off, on) = holder.subject!
      let (plain, managed) = (off.measure(), on.measure())
      benchmark.measurement(cost, Int(plain * 1000))
      benchmark.measurement(costManaged, Int(managed * 1000))
      benchmark.measurement(added, Int((managed - plain) * 1000))
    },
    setup: {
      holder.subject = (
        try SwiftBridge(ports: ports, addresses: addresses),
        try SwiftBridge(ports: ports, addresses: addresses, plan: plan(ports: ports))
      )
    },
    teardown: { holder.subject = nil })
}

/// One worker alone and two at once on the same links, by turns; the mean of both counts.
func together(_ name: String, ports: Int, addresses: Int, plan: BandwidthPlan?) {
  let holder = Holder<[SwiftBridge]>()
  Benchmark(
    name,
    configuration: .init(
      metrics: [cost, costTogether, ratio], units: [cost: .count, costTogether: .count], warmupIterations: 20,
      maxDuration: .seconds(3), maxIterations: 400),
    closure: { benchmark in
      // Only one thread uses a bridge at a time.
      nonisolated(unsafe) let bridges = holder.subject!
      let alone = bridges[0].measure()
      let results = Mutex([Double]())
      DispatchQueue.concurrentPerform(iterations: bridges.count) { index in
        let result = bridges[index].measure(passes: 256)
        results.withLock { $0.append(result) }
      }
      let both = results.withLock { $0.reduce(0, +) / Double($0.count) }
      benchmark.measurement(cost, Int(alone * 1000))
      benchmark.measurement(costTogether, Int(both * 1000))
      benchmark.measurement(ratio, Int(both / alone * 1000))
    },
    setup: {
      let bench = try SwiftSwitch(ports: ports, addresses: addresses, plan: plan, workers: 2)
      holder.subject = [SwiftBridge(bench, worker: 0), SwiftBridge(bench, worker: 1)]
    },
    teardown: { holder.subject = nil })
}

let benchmarks: @Sendable () -> Void = {
  Stages.register()
  for addresses in Stages.sizes {
    comparison("pipeline, 2 ports, \(addresses) addresses", ports: 2, addresses: addresses)
  }
  for ports in [8, 32, 128, 1000] {
    comparison("pipeline, \(ports) ports, 16384 addresses", ports: ports, addresses: 16_384)
  }
  for ports in [2, 8] {
    managed("bandwidth, \(ports) ports of 64 classes", ports: ports, addresses: 256)
  }
  together("two workers, 2 links", ports: 2, addresses: 256, plan: nil)
  together("two workers, 2 links, 64 classes a port", ports: 2, addresses: 256, plan: plan(ports: 2))
}
