import Dataplane
import Units

/// One team of the running switch.
struct TeamRuntime {
  /// The team's place in the tables, among the ports.
  let id: PortID
  let config: TeamConfig
  let table: TeamTable
  let monitor: TeamMonitor

  var name: String { config.name }
}
