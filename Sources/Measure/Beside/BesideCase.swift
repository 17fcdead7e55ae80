/// One arrangement of migrations and VM traffic that come into a host.
package struct BesideCase: ExperimentCase, Hashable {
  /// Migrations have an uplink of their own, steered so; nil: they share the VMs' uplink.
  package var ownUplink: String?
  /// How the uplink of the VMs is steered.
  package var steering = "vmq"
  package var migrations = 4
  /// VMs receive meanwhile.
  package var hasTraffic = true
  /// Uplinks hold their rate.
  package var isLimited = true

  /// `shared-vmq-4`, `own-rss-4`.
  package var name: String {
    (ownUplink.map { "own-\($0)" } ?? "shared-\(steering.replacing("+", with: "-"))") + "-\(migrations)"
  }

  /// The run of what the VMs got meanwhile.
  package var trafficName: String { "\(name)-vms" }

  package var label: String {
    let uplink = ownUplink.map { "an uplink of their own, \($0)" } ?? "the VMs' uplink, \(steering)"
    return (migrations == 1 ? "1 migration over " : "\(migrations) migrations over ") + uplink
  }

  /// Both uplinks' steerings, with 4 migrations; then 1, and what vRSS makes of the shared uplink.
  package static let full =
    quick + [
      BesideCase(ownUplink: "vmq"), BesideCase(steering: "vmq+vrss"), BesideCase(ownUplink: "rss", migrations: 1),
    ]

  /// What carries the headline.
  package static let quick = [BesideCase(), BesideCase(ownUplink: "rss")]

  /// What tells one worker's capacity.
  static let calibration = BesideCase(hasTraffic: false, isLimited: false)
}
