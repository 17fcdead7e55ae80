/// One arrangement of the team experiment.
package struct TeamCase: ExperimentCase, Hashable {
  /// The mode of both teams, as configurations write it.
  package var mode: String
  package var migrations: Int
  package var targets = 1
  /// All ends of both links are on one physical switch; else each link has a switch of its own.
  package var isShared = false
  /// One link fails while the migrations run, and comes back.
  package var fails = false
  /// Half of the VMs' pages compress, and they are sent so (`migrate send --transport`); nil: random pages, over tcp.
  package var compressible: String?

  package static let modes = ["dynamic", "address-hash", "hyperv-port"]

  /// `dynamic-4`, `dynamic-4-one-switch`, `dynamic-4-to-4-one-switch`, `hyperv-port-4-link-fails`,
  /// `dynamic-6-half-compression`.
  package var name: String {
    mode + "-\(migrations)" + (targets == 1 ? "" : "-to-\(targets)") + (isShared ? "-one-switch" : "")
      + (fails ? "-link-fails" : "") + (compressible.map { "-half-\($0)" } ?? "")
  }

  package var label: String {
    "\(mode), \(shape)" + (fails ? ", one link fails" : "") + (compressible.map { ", \($0)" } ?? "")
  }

  package var group: String {
    if compressible != nil { return "Half of the pages compress" }
    if fails { return "One of two links fails for two seconds" }
    return isShared ? "Both links on one physical switch" : shape.prefix(1).uppercased() + shape.dropFirst()
  }

  private var shape: String {
    (migrations == 1 ? "1 migration" : "\(migrations) migrations") + (targets == 1 ? "" : " to \(targets) hosts")
  }

  /// Every mode with 1, 4, 6 and 16 flows, then what one physical switch makes of it, the failing link, compression.
  package static var full: [TeamCase] {
    [1, 4, 6, 16].flatMap { flows in modes.map { TeamCase(mode: $0, migrations: flows) } }
      + [
        TeamCase(mode: "dynamic", migrations: 4, isShared: true),
        TeamCase(mode: "dynamic", migrations: 4, targets: 4, isShared: true),
      ]
      + modes.map { TeamCase(mode: $0, migrations: 4, fails: true) }
      + [("dynamic", "tcp"), ("dynamic", "compression"), ("hyperv-port", "compression")].map {
        TeamCase(mode: $0, migrations: 6, compressible: $1)
      }
  }

  /// What carries the headline.
  package static var quick: [TeamCase] {
    modes.map { TeamCase(mode: $0, migrations: 4) }
      + [TeamCase(mode: "dynamic", migrations: 1), TeamCase(mode: "dynamic", migrations: 4, fails: true)]
  }
}
