import Measure
import Units

/// Runs made up for tests: what a spread experiment would have measured.
enum Synthetic {
  static let link = BitRate(bitsPerSecond: 500_000_000)

  static func repeated(
    utilization: Double, loads: [Double], frames: [Double], reorderings: Int = 0, verified: Bool = true
  ) -> Repeat {
    let rate = utilization * Double(link.bitsPerSecond)
    return Repeat(
      seconds: 4, bytes: 100_000_000, goodputBitsPerSecond: rate * 0.94, windowSeconds: 3,
      throughputBitsPerSecond: rate, blackoutMilliseconds: 12, verified: verified, reorderings: reorderings,
      workers: zip(loads, frames).enumerated().map {
        WorkerLoad(worker: $0, cpu: $0 % 2, load: $1.0, frames: $1.1)
      },
      series: (0..<40).map { RatePoint(seconds: Double($0) / 10, bitsPerSecond: rate * (1 + Double($0 % 5) / 50)) })
  }

  static func run(
    _ name: String, steering: String, migrations: Int = 4, targets: Int = 1, group: String = "4 migrations to 1 host",
    utilization: [Double], workers: Int, reorderings: Int = 0, limited: Bool = true, label: String? = nil
  ) -> Run {
    let loads = (0..<8).map { $0 < workers ? 1.0 / Double(max(1, workers / 2)) : 0.01 }
    let frames = (0..<8).map { $0 < workers ? 10_000.0 : 20 }
    return Run(
      scenario: Scenario(
        name: name, label: label ?? "\(steering), \(group)", group: group, steering: steering, migrations: migrations,
        targets: targets, transport: "tcp", mtu: 1500, emulatedShare: Share(fraction: 0.05),
        link: limited ? link : nil, workerCapacity: BitRate(bitsPerSecond: 200_000_000),
        sourcePorts: (0..<UInt16(migrations)).map { 20_000 + $0 }),
      repeats: utilization.map { repeated(utilization: $0, loads: loads, frames: frames, reorderings: reorderings) })
  }

  /// As the published account would have it.
  static var reproducing: [Run] {
    let one = "1 migration to 1 host"
    let hosts = "4 migrations to 4 hosts"
    return [
      run(
        "one-worker", steering: "vmq", migrations: 1, group: "One worker", utilization: [0.4], workers: 1,
        limited: false),
      run(
        "one-worker-half-share", steering: "vmq", migrations: 1, group: "One worker", utilization: [0.2], workers: 1,
        limited: false, label: "vmq, half the share"),
      run("vmq-1-to-1", steering: "vmq", migrations: 1, group: one, utilization: [0.39, 0.4, 0.41], workers: 1),
      run("vmq-vrss-1-to-1", steering: "vmq+vrss", migrations: 1, group: one, utilization: [0.4], workers: 1),
      run("rss-1-to-1", steering: "rss", migrations: 1, group: one, utilization: [0.4], workers: 1),
      run("single-4-to-1", steering: "single", utilization: [0.38, 0.36, 0.37], workers: 1),
      run("vmq-4-to-1", steering: "vmq", utilization: [0.4, 0.41, 0.42], workers: 1),
      run("vmq-vrss-4-to-1", steering: "vmq+vrss", utilization: [0.98, 0.97, 0.99], workers: 4),
      run("rss-4-to-1", steering: "rss", utilization: [0.97, 0.96, 0.99], workers: 4),
      run("vmq-4-to-4", steering: "vmq", targets: 4, group: hosts, utilization: [0.97], workers: 4),
      run(
        "receiver-rss-sender-vmq-4-to-1", steering: "rss", group: "Receiver and sender differ", utilization: [0.97],
        workers: 4, label: "receiver rss, sender vmq"),
      run(
        "receiver-vmq-sender-rss-4-to-1", steering: "vmq", group: "Receiver and sender differ", utilization: [0.4],
        workers: 1, label: "receiver vmq, sender rss"),
    ]
  }

  static func report(_ runs: [Run], title: String = "Spread") -> Report {
    Report(
      experiment: "spread", title: title, summary: "One queue holds four migrations to 41 % of the link.",
      highlights: [.init("41 %", "of the link: vmq, 4 migrations to one host")],
      machine: Machine(
        kernel: "6.18", processor: "test", cores: 2, memoryBytes: 1 << 34, operatingSystem: "Debian",
        millraceVersion: "0"),
      settings: [.init("Link", "500Mbit")], method: ["How it was done."], runs: runs,
      claims: SpreadClaims.evaluate(runs), started: "2026-01-01T00:00:00Z", seconds: 100)
  }
}
