import Lab
import Units

/// Who sends over the shared link; all send to `receiver`.
struct ConvergedSender: Sendable {
  /// Its number in the lab.
  var host: Int
  var name: String
  var words: String
  /// Where bandwidth is reserved.
  var weight: Int

  static let all = [
    ConvergedSender(host: 1, name: "migration", words: "migrations", weight: 20),
    ConvergedSender(host: 2, name: "vm", words: "a VM", weight: 40),
    ConvergedSender(host: 3, name: "storage", words: "storage", weight: 40),
  ]
  static let receiver = 4
  /// At a time.
  static let migrations = 8

  func scenario(_ one: ConvergedCase, _ link: BitRate) -> Scenario {
    Scenario(
      name: "\(one.name)-\(name)", label: words, group: one.isReserved ? "With minimum bandwidth" : "Without",
      steering: "vmq+vrss", migrations: Self.migrations, targets: 1, transport: "tcp", mtu: 1500, emulatedShare: nil,
      link: link, workerCapacity: nil, sourcePorts: [])
  }
}
