import ArgumentParser
import Foundation
import Migration
import Units

/// `millrace migrate plan`: how long migrations would take.
struct MigratePlan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Predict how long migrations take, from costs measured on this host.",
    discussion: """
      First: millrace migrate plan --calibrate            measures this host, half a minute
      Then:  millrace migrate plan --vm 16GiB --count 4 --link 10Gbit --dirty-rate 50MiB
             millrace migrate plan --vm 16GiB --link 10Gbit --hosts 200 --vms-per-host 30 --drain 4

      With --calibrate --to, migrations go to that target ('migrate receive --plain'), and what is between counts too.
      """)

  @Flag(help: "Measure what migrations cost here and write it to --costs.")
  var calibrate = false

  @Option(help: ArgumentHelp("The costs that --calibrate wrote.", valueName: "file"))
  var costs = "/var/lib/millrace/migration-costs.json"

  @Option(
    help: ArgumentHelp(
      "With --calibrate: a target to measure with; left out: one in this process.", valueName: "address:port"),
    transform: Endpoint.init(parsing:))
  var to: Endpoint?

  @Flag(help: "Print the published times beside what the planner makes of each from the others.")
  var published = false

  @Option(
    name: .customLong("vm"), help: ArgumentHelp("Memory of a VM; may be repeated.", valueName: "size"),
    transform: Bytes.init(parsing:))
  var vms: [Bytes] = []

  @Option(help: ArgumentHelp("So many of each --vm.", valueName: "n"))
  var count = 1

  @Option(help: ArgumentHelp("Migrations at a time, of each host; left out: all.", valueName: "n"))
  var simultaneous: Int?

  @Option(
    help: ArgumentHelp(
      "What a path carries; may be repeated: multichannel uses all. Left out: no limit.", valueName: "rate"),
    transform: BitRate.init(parsing:))
  var link: [BitRate] = []

  @Option(help: ArgumentHelp("MTU of the paths.", valueName: "bytes"))
  var mtu = 1500

  @Option(
    help: ArgumentHelp("CPUs of each host, of this host's kind; left out: as many as this host has.", valueName: "n"))
  var cores: Int?

  @Option(help: ArgumentHelp("Plan a cluster of so many hosts.", valueName: "n"))
  var hosts: Int?

  @Option(help: ArgumentHelp("With --hosts: VMs that each host has, --vm in turn.", valueName: "n"))
  var vmsPerHost = 10

  @Option(help: ArgumentHelp("With --hosts: so many hosts are emptied at the same time.", valueName: "n"))
  var drain = 1

  @OptionGroup(title: "Over what VMs are sent") var transport: MigrateTransportOptions

  @OptionGroup(title: "What a VM's memory holds and how it is written") var memory: MigrateMemoryOptions

  @OptionGroup(title: "When VMs are paused") var pausing: MigratePausingOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard calibrate || published || !vms.isEmpty else {
      throw ValidationError("name --vm SIZE, or --calibrate, or --published.")
    }
    guard to == nil || calibrate else { throw ValidationError("--to needs --calibrate.") }
    guard count > 0, vmsPerHost > 0, simultaneous ?? 1 > 0, cores ?? 1 > 0 else {
      throw ValidationError("numbers are 1 or more.")
    }
    guard hosts.map({ $0 >= 2 && drain > 0 && drain < $0 }) ?? true else {
      throw ValidationError("--hosts is 2 or more, and --drain fewer.")
    }
    guard (576...9198).contains(mtu) else { throw ValidationError("--mtu is 576 to 9198.") }
    // One path is used by tcp and compression, however many there are.
    guard link.count < 2 || transport.options(.plain).usesAllPaths else {
      throw ValidationError("more than one --link needs --transport multichannel.")
    }
  }

  func run() async throws {
    do {
      if calibrate { return try measure() }
      if published { return try printPublished() }
      let prediction = try plan(checkedMoves(), known()).prediction()
      if json { return try OutputStream.standardOutput.write(json: prediction, pretty: false) }
      OutputStream.standardOutput.write(text(prediction))
    } catch let error as MigrationError {
      throw MigrateCommand.unavailable(error)
    }
  }

  private func measure() throws {
    let tell: (String) -> Void = { OutputStream.standardError.write("\($0)\n") }
    let measured =
      if let to { try Calibration(to: to, security: .plain, progress: tell).costs() } else {
        try Calibration.loopback(progress: tell)
      }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let folder = URL(filePath: costs).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try encoder.encode(measured).write(to: URL(filePath: costs))
    } catch {
      throw MigrationError(costs, "cannot be written", fix: "name another file with --costs")
    }
    tell("costs: \(costs)")
  }

  private func known() throws(MigrationError) -> MigrationCosts {
    guard let data = FileManager.default.contents(atPath: costs) else {
      throw MigrationError(costs, "cannot be read", fix: "measure this host first: millrace migrate plan --calibrate")
    }
    guard let read = try? JSONDecoder().decode(MigrationCosts.self, from: data) else {
      throw MigrationError(costs, "holds no costs", fix: "measure anew: millrace migrate plan --calibrate")
    }
    return read
  }

  private func plan(_ moves: [ClusterPlan.Move], _ costs: MigrationCosts) -> ClusterPlan {
    let rate = link.isEmpty ? nil : BitRate(bitsPerSecond: link.reduce(0) { $0 + $1.bitsPerSecond })
    let host = ClusterPlan.Host(link: rate, cores: cores ?? costs.cores)
    return ClusterPlan(
      hosts: Array(repeating: host, count: hosts ?? 2), moves: moves, simultaneous: simultaneous ?? moves.count,
      rule: pausing.rule, transport: transport.options(.plain), mtu: mtu, costs: costs)
  }

  private func checkedMoves() throws -> [ClusterPlan.Move] {
    let moves = moves
    do { for move in moves { try move.profile.validate() } } catch { throw MigrateCommand.usage(error) }
    return moves
  }

  /// All VMs from one host to another; in a cluster, those of the hosts that are emptied to the others in turn.
  private var moves: [ClusterPlan.Move] {
    let sizes = vms.flatMap { Array(repeating: $0, count: count) }
    guard let hosts else { return memory.profiles(sizes).map { .init($0, from: 0, to: 1) } }
    let all = (0..<drain * vmsPerHost).map { sizes[$0 / drain % sizes.count] }
    return memory.profiles(all).enumerated().map { index, profile in
      .init(profile, from: index % drain, to: drain + index % (hosts - drain))
    }
  }

  private func text(_ one: PlanPrediction) -> String {
    let link = one.linkUtilization.map { ", \(percent($0)) of the link" } ?? ""
    let busiest = hosts == nil ? "" : " (of the busiest host that is emptied)"
    return """
      time      \(MigrateTable.seconds(one.seconds)) for \(one.migrations.count) VMs
      blackout  \(MigrateTable.seconds(one.blackoutMilliseconds / 1000)) at most
      sent      \(MigrateTable.size(UInt64(one.bytes)))
      used      \(percent(one.cpuUtilization)) of the source's CPUs by sending\(link)\(busiest)

      """
  }

  private func percent(_ part: Double) -> String { "\(Int((part * 100).rounded()))%" }

  private func printPublished() throws {
    let rows = PublishedTimes.rows()
    if json { return try OutputStream.standardOutput.write(json: ["published": rows], pretty: false) }
    for row in rows {
      let error = Int((row.error * 100).rounded())
      OutputStream.standardOutput.write(
        "\(row.what): predicted \(MigrateTable.seconds(row.predictedSeconds)), published "
          + "\(row.isLimit ? "under " : "")\(MigrateTable.seconds(row.publishedSeconds)) "
          + "(\(error > 0 ? "+" : "")\(error)%), \(row.holds ? "holds" : "DOES NOT HOLD")\n")
    }
  }
}
