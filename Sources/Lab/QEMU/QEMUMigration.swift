import Foundation
import Units

/// A running guest that QEMU moves from one host to another through Millrace switches, and what came of it.
public struct QEMUMigration: Sendable {
  public var how: QEMUMigrationSettings
  public var guest: GuestSettings
  public var tap: GuestTap
  /// nil: KVM where a guest boots under it, else TCG.
  public var accelerator: Accelerator?
  public var kernel: GuestKernel

  public init(
    _ how: QEMUMigrationSettings, guest: GuestSettings = GuestSettings(), tap: GuestTap = .qemu,
    accelerator: Accelerator? = nil, kernel: GuestKernel
  ) {
    self.how = how
    self.guest = guest
    self.tap = tap
    self.accelerator = accelerator
    self.kernel = kernel
  }

  /// Makes the hosts, boots the guest, migrates it, looks whether it lives on, and removes all. Throws when something
  /// cannot be made or QEMU gives up; a guest that does not live on is said in the report.
  /// - Parameter name: of the lab.
  public func run(
    name: String, progress: @Sendable (String) -> Void = { _ in }
  ) async throws(LabError) -> QEMUMigrationReport {
    let made = try await QEMULab.up(name: name)
    do {
      let report = try await run(in: made, progress)
      await made.lab.down()
      return report
    } catch {
      await made.lab.down()
      throw error
    }
  }

  private func run(
    in made: QEMULab, _ progress: @Sendable (String) -> Void
  ) async throws(LabError) -> QEMUMigrationReport {
    let lab = made.lab
    let files = GuestFiles(kernel: kernel.path, image: "\(lab.spec.directory)/initramfs")
    let image = try GuestImage.make(kernel)
    guard FileManager.default.createFile(atPath: files.image, contents: Data(image)) else {
      throw LabError("\(files.image): cannot be written")
    }
    let (accelerator, reason) =
      if let accelerator { (accelerator, "asked for") } else { try await Accelerator.choose(files) }
    progress("the guest runs under \(accelerator.rawValue): \(reason)")
    // A tap of the switch's must be there before QEMU opens it; QEMU's own must be there before the switch does.
    if tap == .switch { try await made.startSwitches(tap) }
    let source = try await QEMUProcess.start(
      in: lab, host: QEMULab.source, accelerator, files, guest, isTarget: false)
    let target = try await QEMUProcess.start(in: lab, host: QEMULab.target, accelerator, files, guest, isTarget: true)
    if tap == .qemu { try await made.startSwitches(tap) }
    try await Self.until("the guest writes its memory", within: 90) {
      GuestConsole(source.consoleText).counts.count > 5
    }
    progress("the guest runs, and writes its memory")
    let pinging = try lab.spawn(
      in: QEMULab.source, ["ping", "-n", "-D", "-i", "\(Self.pingInterval)", GuestSettings.address])
    try await Self.until("the guest answers echoes", within: 20) { PingLog(pinging.output).answers.count > 5 }
    let before = try await made.sentBytes(from: QEMULab.source)
    let state = try await migrate(source, to: target, at: lab.spec.address(of: QEMULab.target))
    let crossed = try await made.sentBytes(from: QEMULab.source) - before
    progress("the guest is on its target")
    let moved = GuestConsole(source.consoleText).counts.count
    let console = try await Self.alive(source, target)
    pinging.signal(SIGINT)
    _ = await pinging.ends(within: .seconds(5))
    return QEMUMigrationReport(
      self, accelerator, reason, state, linkBytes: crossed, countAtMove: moved, console, PingLog(pinging.output))
  }

  /// Sets both sides up, starts, and waits for the end.
  private func migrate(
    _ source: QEMUProcess, to target: QEMUProcess, at address: String
  ) async throws(LabError) -> QEMUMigrationState {
    for side in [source, target] {
      if !how.capabilities.capabilities.isEmpty {
        try await side.monitor.execute("migrate-set-capabilities", how.capabilities)
      }
      try await side.monitor.execute("migrate-set-parameters", how.parameters)
    }
    let uri = QEMUMigrationSettings.Address(uri: "tcp:\(address):\(QEMUProcess.port)")
    try await target.monitor.execute("migrate-incoming", uri)
    try await source.monitor.execute("migrate", uri)
    var isSwitched = false
    for _ in 0..<Self.patience * 50 {
      let state: QEMUMigrationState = try await source.monitor.query("query-migrate")
      if state.status == "completed" { return state }
      if state.hasEnded {
        throw LabError("the migration \(state.status ?? "ended"): \(state.fault ?? "QEMU does not say why")")
      }
      if how.mode == .postCopy, !isSwitched, state.status == "active", state.ram?.dirtySyncCount ?? 0 > 0 {
        try await source.monitor.execute("migrate-start-postcopy")
        isSwitched = true
      }
      try await Self.step()
    }
    throw LabError("the migration does not end within \(Self.patience) s: the guest writes faster than is copied")
  }

  /// Waits until the guest has counted on at its target and looked at its memory; all that it said on both sides.
  private static func alive(_ source: QEMUProcess, _ target: QEMUProcess) async throws(LabError) -> GuestConsole {
    let sums = GuestConsole(source.consoleText).sums.count
    let said = { GuestConsole(source.consoleText + target.consoleText) }
    // A guest that does not live on is a finding, not a fault.
    for _ in 0..<1000 {
      if GuestConsole(target.consoleText).counts.count >= 20, said().sums.count >= sums + 2 { break }
      try await step()
    }
    return said()
  }

  private static func until(_ what: String, within seconds: Int, _ holds: () -> Bool) async throws(LabError) {
    for _ in 0..<seconds * 50 {
      if holds() { return }
      try await step()
    }
    throw LabError("waited \(seconds) s in vain until \(what)")
  }

  private static func step() async throws(LabError) {
    do { try await Task.sleep(for: .milliseconds(20)) } catch { throw LabError("cancelled") }
  }

  /// How long a migration may take, in seconds.
  private static let patience = 120
  private static let pingInterval = 0.02
}
