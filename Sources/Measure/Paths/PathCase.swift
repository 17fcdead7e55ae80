import Lab
import Units

/// One arrangement of migrations over one path or two.
package struct PathCase: ExperimentCase {
  package var name: String
  package var label: String
  package var group: String
  /// As `migrate send --transport` has it.
  package var transport = "tcp"
  /// VMs that migrate at the same time; together they have the memory of one.
  package var migrations = 1
  /// Of each path the source may use; nil: not limited.
  package var rates: [BitRate?]
  package var mtus: [Int]
  /// What joins the hosts. The kernel's bridge joins one path.
  package var fabric = LabSpec.Fabric.millrace
  /// CPUs are kept from their idle states.
  package var isAwake = false

  /// What the used paths carry together; nil when one is not limited.
  package var link: BitRate? {
    let known = rates.compactMap { $0 }
    return known.count == rates.count ? BitRate(bitsPerSecond: known.reduce(0) { $0 + $1.bitsPerSecond }) : nil
  }

  var scenario: Scenario {
    Scenario(
      name: name, label: label, group: group, steering: fabric == .bridge ? "no switch" : "vmq+vrss",
      migrations: migrations, targets: 1, transport: transport, mtu: mtus.max() ?? 1500, emulatedShare: nil, link: link,
      workerCapacity: nil, sourcePorts: [])
  }
}
