import Dataplane
import Units
import Yams

/// Reads one element of `teams:`.
struct TeamReader {
  static let example = "{name: t0, members: [up1, up2]}"

  private let mapping: ConfigMapping

  init?(_ node: Node, faults: ConfigFaults) {
    guard let mapping = ConfigMapping(node, .team, path: "team", example: Self.example, faults: faults) else {
      return nil
    }
    self.mapping = mapping
  }

  /// nil when name or members are wrong; other faults are only reported.
  func team() -> TeamConfig? {
    let name = mapping.portName("t0")
    let members = mapping.require("members", example: "[up1, up2]") ? members() : nil
    let mode = mode() ?? .dynamic
    let gap = gap(mode) ?? TeamConfig.Defaults.gap
    let queues = queues(mode)
    guard let name, let members else { return nil }
    return TeamConfig(name: name, members: members, mode: mode, gap: gap, queues: queues, place: mapping.place)
  }

  private func members() -> [String] {
    mapping.list("members", example: "[up1, up2]").compactMap { node in
      if let name = node.scalar?.string { return name }
      mapping.faults.add(
        node.line, "\(mapping.path): members", "must be names of uplinks", fix: "write e.g. [up1, up2]")
      return nil
    }
  }

  /// Modes that need the physical switch to be told.
  private static let switchDependent = ["lacp", "802.3ad", "static"]

  private func mode() -> TeamMode? {
    if let text = mapping["mode"]?.scalar?.string, Self.switchDependent.contains(text.lowercased()) {
      mapping.refuse(
        "mode", "\(text) needs physical switches that take part in it; a team works without them, on several too",
        fix: "write mode: dynamic and no link aggregation on the physical switch")
      return nil
    }
    return mapping.choice("mode", TeamMode.self)
  }

  private func queues(_ mode: TeamMode) -> TeamConfig.Queues? {
    let queues = mapping.choice("queues", TeamConfig.Queues.self)
    if queues == .sum && !mode.spreadsPorts {
      mapping.refuse("queues", "\(mode.rawValue) has each port's queue on every member", fix: "write queues: min")
    }
    return queues
  }

  private func gap(_ mode: TeamMode) -> Nanoseconds? {
    if mode != .dynamic && mapping.has("gap") {
      mapping.refuse("gap", "is for mode: dynamic: flows of \(mode.rawValue) keep their member", fix: "remove it")
      return nil
    }
    return mapping.time("gap", in: TeamConfig.Limits.gap, example: "500us")
  }
}
