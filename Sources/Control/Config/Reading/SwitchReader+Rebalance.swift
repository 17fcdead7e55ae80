import Steering
import Units
import Yams

/// When queues move: the switch's `rebalance`.
extension SwitchReader {
  /// nil: off.
  func rebalance(_ settings: ConfigMapping) -> RebalancePolicy? {
    var policy = RebalancePolicy()
    guard settings.has("rebalance") else { return policy }
    if let text = settings["rebalance"]?.scalar?.string {
      // `false` is what YAML libraries make of `off` when they write.
      if text == "off" || text == "false" { return nil }
      settings.refuse(
        "rebalance", "'\(text)' is neither off nor a mapping", fix: "write rebalance: {upper: 90%} or rebalance: off")
      return policy
    }
    guard let mapping = settings.mapping("rebalance", .rebalance, example: "{upper: 90%, lower: 60%}") else {
      return policy
    }
    if let upper = mapping.share("upper") { policy.upper = upper }
    if let lower = mapping.share("lower") { policy.lower = lower }
    if let gain = mapping.share("minimumGain") { policy.minimumGain = gain }
    if let window = mapping.time("window", in: SwitchConfig.Limits.rebalanceWindow, example: "1s") {
      policy.window = window
    }
    if let interval = mapping.time("minimumInterval", in: .seconds(1)..., example: "10s") {
      policy.minimumInterval = interval
    }
    if let dryRun = mapping.boolean("dryRun") { policy.dryRun = dryRun }
    // Else workers would be joined and parted in turns.
    if policy.lower >= policy.upper {
      mapping.refuse(
        mapping.has("lower") ? "lower" : "upper", "lower (\(policy.lower)) must be less than upper (\(policy.upper))",
        fix: "write e.g. {upper: 90%, lower: 60%}")
    }
    return policy
  }
}
