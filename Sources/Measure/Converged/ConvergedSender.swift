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

  func scenario(_ link: BitRate, isReserved: Bool) -> Scenario {
    Scenario(
      name: "\(isReserved ? "reserved" : "free")-\(name)", label: words,
      group: isReserved ? "With minimum bandwidth" : "Without", steering: "vmq+vrss", migrations: Self.migrations,
      targets: 1, transport: "tcp", mtu: 1500, emulatedShare: nil, link: link, workerCapacity: nil, sourcePorts: [])
  }

  /// Of the switch between them.
  static func configuration(_ spec: LabSpec, _ link: BitRate, isReserved: Bool) -> String {
    var lines = ["switch: {workers: [0, 1], minimumBandwidth: \(isReserved ? "weight" : "none")}", "ports:"]
    for sender in all {
      let port = spec.port(of: sender.host)
      let qos = isReserved ? ", qos: {weight: \(sender.weight)}" : ""
      lines.append("  - {name: \(port), netdev: \(port)\(qos)}")
    }
    let port = spec.port(of: receiver)
    lines.append("  - {name: \(port), netdev: \(port), qos: {maximum: {in: \(link)}}}")
    return lines.joined(separator: "\n") + "\n"
  }
}
