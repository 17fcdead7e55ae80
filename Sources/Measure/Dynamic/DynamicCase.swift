/// One arrangement of the dynamic experiment.
package struct DynamicCase: ExperimentCase, Hashable {
  /// `vmq` or `vmq+vrss`.
  package var steering: String
  /// Queues follow the load; else they stay where they start.
  package var isDynamic: Bool

  static let full = ["vmq", "vmq+vrss"].flatMap { steering in
    [false, true].map { DynamicCase(steering: steering, isDynamic: $0) }
  }
  static let quick = full.filter { $0.steering == "vmq" }

  private var kind: String { isDynamic ? "dynamic" : "static" }
  package var name: String { Self.name(steering, isDynamic: isDynamic) }
  package var label: String { "\(steering), \(kind)" }
  package var group: String { "\(steering): a load that shifts among \(DynamicLoad.vms) VMs" }

  /// `vmq-vrss-dynamic`.
  package static func name(_ steering: String, isDynamic: Bool) -> String {
    steering.split(separator: "+").joined(separator: "-") + (isDynamic ? "-dynamic" : "-static")
  }
}
