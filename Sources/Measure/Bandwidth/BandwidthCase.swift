import Lab
import Units

/// One arrangement of the experiment qos: a question, and who answers it.
package struct BandwidthCase: ExperimentCase, Hashable {
  package var peer: Peer
  package var question: Question

  /// What holds rates.
  package enum Peer: String, Sendable, CaseIterable {
    case millrace
    /// Link rates alone, no minimums.
    case plain = "millrace-plain"
    /// Linux' hierarchical token bucket behind the kernel's bridge.
    case htb
    /// Open vSwitch's meters, on its userspace datapath.
    case policer = "ovs-meter"

    var label: String {
      switch self {
      case .millrace: "Millrace"
      case .plain: "Millrace, no minimums"
      case .htb: "bridge with HTB"
      case .policer: "Open vSwitch meter"
      }
    }

    var fabric: LabSpec.Fabric {
      switch self {
      case .millrace, .plain: .millrace
      case .htb: .bridge
      case .policer: .openVSwitch
      }
    }
  }

  package enum Question: Hashable, Sendable {
    /// One port sends more than its maximum.
    case maximum(megabits: Int, isUDP: Bool, flows: Int)
    /// Four ports with weights send all they can over one link.
    case shares
    /// A port with a reserve asks and is answered while migrations, storage and another port fill the link.
    case response
  }

  /// `maximum-100-udp-8-htb`, `shares-millrace`, `response-millrace-plain`.
  package var name: String {
    switch question {
    case .maximum(let megabits, let isUDP, let flows):
      "maximum-\(megabits)-\(isUDP ? "udp" : "tcp")-\(flows)-\(peer.rawValue)"
    case .shares: "shares-\(peer.rawValue)"
    case .response: "response-\(peer.rawValue)"
    }
  }

  package var label: String { "\(peer.label), \(short)" }

  package var group: String {
    switch question {
    case .maximum(let megabits, _, _): "A maximum of \(megabits) Mbit/s"
    case .shares: "Four ports with weights on one link"
    case .response: "Migrations, storage and VMs on one link"
    }
  }

  /// The question, without what its group says.
  var short: String {
    switch question {
    case .maximum(_, let isUDP, let flows): "\(isUDP ? "UDP" : "TCP"), \(flows == 1 ? "1 flow" : "\(flows) flows")"
    case .shares: "weights \(BandwidthSettings.weights.map(String.init).joined(separator: ", "))"
    case .response: "request and response"
    }
  }

  static let maximumPeers = [Peer.millrace, .htb, .policer]

  private static func maximums(_ rates: [Int], flows: [Int]) -> [BandwidthCase] {
    rates.flatMap { rate in
      [false, true].flatMap { isUDP in
        flows.flatMap { flows in
          maximumPeers.map {
            BandwidthCase(peer: $0, question: .maximum(megabits: rate, isUDP: isUDP, flows: flows))
          }
        }
      }
    }
  }

  private static let contended = [
    BandwidthCase(peer: .millrace, question: .shares), BandwidthCase(peer: .htb, question: .shares),
    BandwidthCase(peer: .millrace, question: .response), BandwidthCase(peer: .plain, question: .response),
    BandwidthCase(peer: .htb, question: .response),
  ]

  package static var full: [BandwidthCase] {
    maximums([10, 100, 1000], flows: [1, 8])
      // Datagrams from a socket do not come so fast.
      + maximums([5000], flows: [1, 8]).filter { if case .maximum(_, false, _) = $0.question { true } else { false } }
      + contended
  }

  /// What carries the headline.
  package static var quick: [BandwidthCase] { maximums([100], flows: [1]) + contended }
}
