import Glibc

/// What runs the guest's instructions.
public enum Accelerator: String, Sendable, CaseIterable, Codable {
  case kvm, tcg

  /// KVM where a guest boots under it, else TCG, and why.
  /// - Parameter lab: the trial runs in it, so that it ends with it at the latest.
  static func choose(_ guest: GuestFiles, in lab: Lab) async throws(LabError) -> (Accelerator, reason: String) {
    guard access("/dev/kvm", R_OK | W_OK) == 0 else { return (.tcg, "there is no /dev/kvm") }
    // It may open, and a guest hang in it all the same.
    let machine = QEMUProcess.machine(.kvm, guest, memory: 128, words: "console=ttyS0 quiet panic=-1")
    let trial = try lab.spawn(in: QEMULab.source, machine + ["-serial", "stdio"])
    let ended = await trial.ends(within: patience)
    await trial.stop()
    if ended, trial.output.contains("ready") { return (.kvm, "a guest boots under KVM") }
    return (.tcg, "under KVM a guest did not boot within \(patience)")
  }

  private static let patience = Duration.seconds(6)
}
