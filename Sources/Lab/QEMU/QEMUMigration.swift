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
  /// What stands in front of QEMU's command.
  public var precedence: [String] = []

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
      let report = try await run(in: made, stillWithImage: nil, progress)
      await made.lab.down()
      return report
    } catch {
      await made.lab.down()
      throw error
    }
  }

  /// Does the same with a guest that stands still while it is migrated, to a target that has touched its memory; then, with
  /// both QEMUs gone, `body` has the hosts and a file of what the guest's memory held.
  public func run<R: Sendable>(
    name: String, progress: @Sendable (String) -> Void = { _ in },
    still body: @Sendable (QEMULab, _ image: String) async throws -> R
  ) async throws -> (QEMUMigrationReport, R) {
    let made = try await QEMULab.up(name: name)
    do {
      // As large as the guest: the lab's directory is in /run, which holds a part of this host's memory. Without a name
      // it goes with this process, however that ends.
      let image = try File.unnamed(in: "/var/tmp")
      defer { close(image) }
      let report = try await run(in: made, stillWithImage: image, progress)
      let value = try await body(made, File.path(of: image))
      await made.lab.down()
      return (report, value)
    } catch {
      await made.lab.down()
      throw error
    }
  }

  private func run(
    in made: QEMULab, stillWithImage image: Int32?, _ progress: @Sendable (String) -> Void
  ) async throws(LabError) -> QEMUMigrationReport {
    let lab = made.lab
    let files = GuestFiles(kernel: kernel.path, image: "\(lab.spec.directory)/initramfs")
    let archive = try await GuestImage.make(kernel)
    guard FileManager.default.createFile(atPath: files.image, contents: Data(archive)) else {
      throw LabError("\(files.image): cannot be written")
    }
    let (accelerator, reason) =
      if let accelerator { (accelerator, "asked for") } else { try await Accelerator.choose(files, in: lab) }
    progress("the guest runs under \(accelerator.rawValue): \(reason)")
    // A tap of the switch's must be there before QEMU opens it; QEMU's own must be there before the switch does.
    if tap == .switch { try await made.startSwitches(tap) }
    let source = try await QEMUProcess.start(
      in: lab, host: QEMULab.source, accelerator, files, guest, isTarget: false, precedence: precedence)
    let target = try await QEMUProcess.start(
      in: lab, host: QEMULab.target, accelerator, files, guest, isTarget: true, precedence: precedence,
      preallocates: image != nil)
    if tap == .qemu { try await made.startSwitches(tap) }
    try await Self.until("the guest writes its memory", within: 90) {
      GuestConsole(source.consoleText).counts.count > 5
    }
    progress("the guest runs, and writes its memory")
    let pinging = try lab.spawn(
      in: QEMULab.source, ["ping", "-n", "-D", "-i", "\(Self.pingInterval)", GuestSettings.address])
    try await Self.until("the guest answers echoes", within: 20) { PingLog(pinging.output).answers.count > 5 }
    if let image {
      try await source.standStill(writing: File.path(of: image), guest.memory)
      // To the disk now, and not while the migration is measured.
      fsync(image)
    }
    let before = try await made.sentBytes(from: QEMULab.source)
    let state = try await migrate(source, to: target, at: lab.spec.address(of: QEMULab.target))
    let crossed = try await made.sentBytes(from: QEMULab.source) - before
    if image != nil { try await Self.goOn(target) }
    progress("the guest is on its target")
    let moved = GuestConsole(source.consoleText)
    let console = try await Self.alive(source, target, sums: moved.sums.count, guest.memory)
    pinging.signal(SIGINT)
    _ = await pinging.ends(within: .seconds(5))
    let (stop, resume) = (try await source.monitor.time(of: "STOP"), try await target.monitor.time(of: "RESUME"))
    for one in [source, target] { await one.process.stop() }
    return QEMUMigrationReport(
      self, accelerator, reason, state, linkBytes: crossed, atMove: moved, console, PingLog(pinging.output),
      stop: image == nil ? stop : nil, resume: resume)
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
      // QEMU says that it is done a moment before it knows how long that took.
      if state.status == "completed" {
        if state.totalTime ?? 0 > 0 { return state }
        try await Self.step()
        continue
      }
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

  /// Lets a guest that stood still go on, once its target has all of it: before, the target would stop it again.
  private static func goOn(_ target: QEMUProcess) async throws(LabError) {
    for _ in 0..<patience * 50 {
      let state: QEMUMigrationState = try await target.monitor.query("query-migrate")
      if state.status == "completed" { return try await target.monitor.execute("cont") }
      try await step()
    }
    throw LabError("the target does not have the guest within \(patience) s")
  }

  /// Waits until the guest has counted on at its target and looked at its memory; all that it said on both sides.
  private static func alive(
    _ source: QEMUProcess, _ target: QEMUProcess, sums: Int, _ memory: Bytes
  ) async throws(LabError) -> GuestConsole {
    let said = { GuestConsole(source.consoleText + target.consoleText) }
    // A guest that does not live on is a finding, not a fault. The more memory, the longer a sum takes.
    for _ in 0..<max(1000, Int(memory.count >> 18)) {
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
  /// In seconds.
  public static let pingInterval = 0.01
}
