import Foundation
import Lab
import Testing
import Units

extension HostTests {
  /// A guest of QEMU, moved through two switches: it goes on as if nothing had been.
  @Suite(.enabled(if: GuestIsThere.holds, "needs qemu-system-x86, busybox-static and a guest's kernel: Scripts/guest"))
  struct QEMU {
    @Test(arguments: GuestTap.allCases)
    func aGuestLivesOn(tap: GuestTap) async throws {
      let migration = QEMUMigration(
        QEMUMigrationSettings(), guest: GuestSettings(memory: Bytes(128 << 20)), tap: tap, accelerator: .tcg,
        kernel: try GuestKernel.find())
      let report = try await migration.run(name: "t_qemu")
      #expect(report.livedOn, "\(report)")
      #expect(report.echoesAnswered > 10)
      // All that is not zeros went over the switches, whatever else did.
      #expect(report.linkBytes > report.normalPages * 4096, "\(report)")
      try await expectNothingLeft(of: "t_qemu")
    }
  }
}

enum GuestIsThere {
  static let holds =
    ["qemu-system-x86_64", "busybox"].allSatisfy { program in
      ["/usr/bin", "/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
    } && (try? GuestKernel.find()) != nil
}
