import Lab
import Units

/// All senders at once, with bandwidth reserved for each or without.
struct ConvergedCase: ExperimentCase {
  var isReserved: Bool

  var name: String { isReserved ? "reserved" : "free" }

  static let all = [false, true].map { ConvergedCase(isReserved: $0) }

  /// Of the switch between the hosts.
  func configuration(_ spec: LabSpec, _ link: BitRate) -> String {
    var lines = ["switch: {workers: [0, 1], minimumBandwidth: \(isReserved ? "weight" : "none")}", "ports:"]
    lines += ConvergedSender.all.map { sender in
      spec.portLine(
        of: sender.host, name: spec.port(of: sender.host), isReserved ? ["qos: {weight: \(sender.weight)}"] : [])
    }
    let receiver = ConvergedSender.receiver
    lines.append(spec.portLine(of: receiver, name: spec.port(of: receiver), ["qos: {maximum: {in: \(link)}}"]))
    return lines.joined(separator: "\n") + "\n"
  }
}
