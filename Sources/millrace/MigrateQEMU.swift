import ArgumentParser
import Control
import Foundation
import Lab
import Units

/// `millrace migrate qemu`: a real guest, moved by QEMU through Millrace switches.
struct MigrateQEMU: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qemu", abstract: "Boot a small guest in QEMU and let QEMU migrate it through the switch.",
    discussion: """
      Makes two hosts in namespaces, each with a switch: the guest's tap device is a port, and the host's vNIC carries the \
      migration. The guest (Debian's kernel and busybox) writes memory and counts; a ping to it goes on meanwhile. \
      Needs root and the packages qemu-system-x86, busybox-static and xz-utils; Scripts/guest fetches the kernel. SIGINT \
      and SIGTERM remove the hosts.

      Exit code 0 says that the guest went on counting on its target with no step lost or repeated, and that the sum of \
      the memory that does not change stayed the same.
      """)

  @Option(help: "plain: one connection; multifd: several; post-copy: the guest first, then its pages.")
  var mode = QEMUMigrationSettings.Mode.plain

  @Option(help: ArgumentHelp("Connections of multifd.", valueName: "n"))
  var channels = 4

  @Option(help: "Of multifd: none, zlib or zstd.")
  var compression = QEMUMigrationSettings.Compression.none

  @Option(
    help: ArgumentHelp("What QEMU may send; left out: 500Mbit with post-copy, else no limit.", valueName: "rate"),
    transform: BitRate.init(parsing:))
  var bandwidth: BitRate?

  @Option(
    help: ArgumentHelp("The guest's memory; left out: \(GuestSettings().memory).", valueName: "size"),
    transform: Bytes.init(parsing:))
  var memory = GuestSettings().memory

  @Option(
    help: ArgumentHelp(
      "What the guest writes a second, about; left out: \(GuestSettings().dirtyRate).", valueName: "size"),
    transform: Bytes.init(parsing:))
  var dirtyRate = GuestSettings().dirtyRate

  @Option(help: "Who makes the guest's tap device: qemu or switch.")
  var tap = GuestTap.qemu

  @Option(help: "kvm or tcg; left out: kvm where a guest boots under it.")
  var accelerator: Accelerator?

  @Option(help: ArgumentHelp("The guest's kernel, …/boot/vmlinuz-VERSION.", valueName: "file"))
  var kernel: String?

  @OptionGroup var lab: QEMULabName

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...255).contains(channels) else { throw ValidationError("--channels is 1 to 255.") }
    guard mode == .multifd || compression == .none else { throw ValidationError("--compression needs --mode multifd.") }
    guard memory.count >= 128 << 20 else { throw ValidationError("--memory is 128MiB or more.") }
  }

  func run() async throws {
    try LabCommand.requireRoot()
    let limit = bandwidth ?? (mode == .postCopy ? BitRate(bitsPerSecond: 500_000_000) : nil)
    let migration = try await LabCommand.asControlError { () async throws(LabError) in
      QEMUMigration(
        QEMUMigrationSettings(mode: mode, channels: channels, compression: compression, bandwidth: limit),
        guest: GuestSettings(memory: memory, dirtyRate: dirtyRate), tap: tap, accelerator: accelerator,
        kernel: try GuestKernel(named: kernel))
    }
    let name = lab.name
    let stopped = ControlError.unavailable("migrate qemu: stopped by a signal; its hosts are removed")
    let report = try await SignalHandler.cancelling(orThrow: stopped) {
      try await LabCommand.asControlError { () async throws(LabError) in
        try await migration.run(name: name) { OutputStream.standardError.write("\($0)\n") }
      }
    }
    if json {
      try OutputStream.standardOutput.write(json: report, pretty: false)
    } else {
      OutputStream.standardOutput.write(QEMUText.text(report))
    }
    if !report.livedOn { throw ExitCode(69) }
  }
}

/// The lab that `migrate qemu` makes.
struct QEMULabName: ParsableArguments {
  @Option(name: .customLong("name"), help: "The name of the lab it makes: others of other names may be up.")
  var name = "qemu"
}

extension QEMUMigrationSettings.Mode: ExpressibleByArgument {}
extension QEMUMigrationSettings.Compression: ExpressibleByArgument {}
extension GuestTap: ExpressibleByArgument {}
extension Accelerator: ExpressibleByArgument {}

/// The figures of `migrate qemu` for people.
enum QEMUText {
  static func text(_ one: QEMUMigrationReport) -> String {
    let connections = "multifd, \(one.channels) channels, compression \(one.compression.rawValue)"
    let how = one.mode == .multifd ? connections : one.mode.rawValue
    let limit = one.bandwidthBitsPerSecond.map { ", at most \(BitRate(bitsPerSecond: $0))" } ?? ""
    return """
      mode        \(how)\(limit); guest under \(one.accelerator.rawValue), tap made by \(one.tap.rawValue)
      memory      \(MigrateTable.size(one.memoryBytes)), \(MigrateTable.size(one.transferredBytes)) sent, \
      \(one.rounds) rounds
      time        \(milliseconds(one.totalMilliseconds)), \(MigrateTable.rate(one.throughputBitsPerSecond))
      downtime    \(milliseconds(one.downtimeMilliseconds)), as QEMU's source says; the guest was away for \
      \(seconds(one.awayMilliseconds))
      requested   \(one.requestedPages) pages by the target
      link        \(MigrateTable.size(one.linkBytes)) left the source's switch
      pings       \(one.echoesAnswered) answered, \(one.echoesLost) lost, longest gap \(seconds(one.longestGapMilliseconds)), first \
      answer \(seconds(one.firstAnswerMilliseconds)) after the guest went on
      guest       \(one.fault.map { "DID NOT LIVE ON (\($0))" } ?? "lived on"): \(one.countAtMove) steps before, \(one.countAtEnd) in all, \
      memory summed \(one.sums) times

      """
  }

  private static func seconds(_ milliseconds: Double?) -> String {
    milliseconds.map { MigrateTable.seconds($0 / 1000) } ?? "-"
  }

  private static func milliseconds(_ count: UInt64) -> String { MigrateTable.seconds(Double(count) / 1000) }
}
