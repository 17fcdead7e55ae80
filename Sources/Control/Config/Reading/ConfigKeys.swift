/// The keys of one kind of mapping.
struct ConfigKeys {
  /// What messages call the mapping.
  var kind: String
  var known: [String]

  static let document = ConfigKeys(
    kind: "the configuration", known: ["switch", "uplinks", "teams", "ports", "classes"])
  static let `switch` = ConfigKeys(
    kind: "switch",
    known: [
      "workers", "polling", "scheduling", "emulatedShare", "steering", "queues", "arena", "fdb", "flows",
      "meterSaveInterval", "rebalance", "minimumBandwidth", "defaultFlowWeight", "defaultFlowReserve",
      "liveMigrationLimit",
    ])
  static let rebalance = ConfigKeys(
    kind: "rebalance", known: ["upper", "lower", "window", "minimumGain", "minimumInterval", "dryRun"])
  static let fdb = ConfigKeys(kind: "fdb", known: ["addresses", "ageing", "static"])
  static let staticAddress = ConfigKeys(kind: "a static address", known: ["mac", "vlan", "port"])
  static let uplink = ConfigKeys(
    kind: "an uplink",
    known: [
      "name", "netdev", "mtu", "ingress", "rsc", "adopt", "vlan", "steering", "rate", "overhead",
      "acl", "processors", "qos", "classes", "ets", "mirror",
    ])
  static let port = ConfigKeys(
    kind: "a port",
    known: [
      "name", "netdev", "tap", "host", "mac", "mtu", "ingress", "rsc", "adopt", "vlan", "queue", "vrss", "steering",
      "rate",
      "overhead", "acl", "qos", "classes", "mirror",
    ])
  static let rule = ConfigKeys(
    kind: "a rule",
    known: [
      "action", "direction", "remote", "local", "meter", "weight", "protocol", "remotePort", "localPort", "stateful",
      "idleTimeout",
    ])
  static let team = ConfigKeys(kind: "a team", known: ["name", "members", "mode", "gap", "queues"])
  static let host = ConfigKeys(kind: "host", known: ["name", "addresses", "mac", "mtu"])
  static let vlan = ConfigKeys(kind: "vlan", known: ["access", "trunk", "native"])
  static let queue = ConfigKeys(kind: "queue", known: ["weight"])
  static let vrss = ConfigKeys(kind: "vrss", known: ["mode", "maximumWorkers", "excludeHome"])
}
