import Units

/// The files a guest boots from.
struct GuestFiles: Sendable {
  let kernel: String
  let image: String
}

/// A QEMU that runs in a host of a lab.
struct QEMUProcess: Sendable {
  let process: HostProcess
  let monitor: QMPClient
  /// The file the guest's serial port writes.
  let console: String

  /// Where a target waits for its source.
  static let port = 7100
  /// The guest's tap device, in either host.
  static let tap = "guest0"

  /// Starts the guest, or with `isTarget` waits for one; returns when its monitor answers.
  /// - Parameter preallocates: QEMU touches all of the guest's memory first.
  static func start(
    in lab: Lab, host: Int, _ accelerator: Accelerator, _ guest: GuestFiles, _ settings: GuestSettings, isTarget: Bool,
    precedence: [String], preallocates: Bool = false
  ) async throws(LabError) -> QEMUProcess {
    let base = "\(lab.spec.directory)/qemu\(host)"
    let devices = [
      "-serial", "file:\(base).console", "-qmp", "unix:\(base).qmp,server=on,wait=off", "-netdev",
      "tap,id=net,ifname=\(tap),script=no,downscript=no", "-device",
      "virtio-net-pci,netdev=net,mac=\(GuestSettings.mac),romfile=",
    ]
    let command =
      machine(accelerator, guest, memory: settings.memory.count >> 20, words: settings.words) + devices
      + (isTarget ? ["-incoming", "defer"] : []) + (preallocates ? ["-mem-prealloc"] : [])
    let process = try lab.spawn(in: host, precedence + command)
    let silence: @Sendable (Bool) async -> String = { isClosed in
      // It closes its monitor a while before it is gone: its guest's memory is given back.
      await process.ends(within: .seconds(isClosed ? 10 : 0))
        ? end(of: process, in: host, console: File.text(of: "\(base).console") ?? "")
        : isClosed ? "it closed its monitor, and runs" : "no answer within \(QMPClient.patience) s"
    }
    for _ in 0..<200 {
      guard process.isRunning else { throw LabError(await silence(true)) }
      if let monitor = try? QMPClient(path: "\(base).qmp", silence: silence) {
        try await monitor.greet()
        return QEMUProcess(process: process, monitor: monitor, console: "\(base).console")
      }
      await pause(milliseconds: 50)
    }
    throw LabError("QEMU in \(LabSpec.hostName(host)) does not open its monitor")
  }

  /// How a QEMU ended by itself: it does when its guest's kernel panics (`-no-reboot`), whose reason is on the console.
  private static func end(of process: HostProcess, in host: Int, console: String) -> String {
    let said = [process.errorOutput, console].compactMap { $0.split(whereSeparator: \.isNewline).last }
    let last = said.isEmpty ? "nothing" : said.joined(separator: "; ")
    let code = process.exitCode ?? 255
    return "QEMU in \(LabSpec.hostName(host)) ended with exit code \(code); it and its guest said last: \(last)"
  }

  /// Stops the guest, and writes what its memory holds to a file.
  func standStill(writing image: String, _ memory: Bytes) async throws(LabError) {
    struct Saved: Encodable {
      var val = 0
      var size: UInt64
      var filename: String
    }
    try await monitor.execute("stop")
    // All of it lies together below the hole of 32-bit devices (QEMU: docs/system/i386/pc.rst).
    guard memory.count <= 2 << 30 else { throw LabError("a guest that stands still has 2GiB of memory at the most") }
    try await monitor.execute("pmemsave", Saved(size: memory.count, filename: image))
  }

  /// The command of a machine with nothing but memory, a processor and the kernel.
  static func machine(_ accelerator: Accelerator, _ guest: GuestFiles, memory: UInt64, words: String) -> [String] {
    [
      "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-accel",
      accelerator.rawValue, "-m", "\(memory)M", "-kernel", guest.kernel, "-initrd", guest.image, "-append", words,
    ]
  }

  var consoleText: String { File.text(of: console) ?? "" }
}

/// A cancelled task does not sleep: what it waits for is looked at all the same, and others run.
func pause(milliseconds: Int) async {
  if (try? await Task.sleep(for: .milliseconds(milliseconds))) == nil { await Task.yield() }
}
