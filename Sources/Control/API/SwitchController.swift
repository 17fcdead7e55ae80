/// A running switch, as the control socket drives it. Errors are `ControlError`; any other error is answered as
/// internal (exit 70). Calls may come from several connections at once.
public protocol SwitchController: Sendable {
  func summary() async throws -> SummaryStatus
  func ports() async throws -> [PortStatus]
  func workers() async throws -> [WorkerStatus]
  /// The default queue first, then the VMQs by number.
  func queues() async throws -> [QueueStatus]
  /// The tables of all queues, or of one port's queue. Throws `noSuchPort`.
  func indirection(port: String?) async throws -> [IndirectionStatus]
  func fdb() async throws -> [FDBStatus]
  func frames() async throws -> FramesStatus
  func drops() async throws -> [DropStatus]
  func teams() async throws -> [TeamStatus]
  /// The newest moves, oldest first.
  func moves() async throws -> [MoveStatus]
  /// The rules of all ports, or of one. Throws `noSuchPort`.
  func acl(port: String?) async throws -> [RuleStatus]
  /// Meters of all ports or of one, those of ports that went too.
  func meters(port: String?) async throws -> [MeterStatus]
  /// The same with sums, counted from the last reset or, as far as the past is kept, from `since` (seconds since 1970).
  func meterReport(port: String?, since: Int?) async throws -> MeterReport
  /// What a port's rules would do with a packet. Throws `noSuchPort`.
  func testRules(port: String, _ question: RuleQuestion) async throws -> RuleTestAnswer
  /// The classes of every port, in its order; empty while nothing asks for bandwidth management.
  func qos() async throws -> [QoSStatus]

  /// Adds one port. `yaml` is one element of the configuration's `ports` list. Nothing changes when it throws.
  func addPort(yaml: String) async throws
  /// Removes a port and leaves its device as it was found. Throws `noSuchPort`.
  func removePort(name: String) async throws
  /// Changes the settings of a port that `yaml`, a mapping as in the `ports` list, names; the others stay, and
  /// those of value `null` get their defaults back.
  func setPort(name: String, yaml: String) async throws
  /// Forgets learned addresses: all, or only those at a port, in a VLAN, or both. Static ones stay.
  /// Returns how many were forgotten.
  func flushFDB(port: String?, vlan: UInt16?) async throws -> Int
  /// Moves entries of a port's queue to a worker; returns how many were not there before. Throws `noSuchPort`.
  func moveEntries(port: String, entries: IndirectionEntries, to worker: Int) async throws -> Int
  /// Adds rules to a port. `yaml` is one element of a port's `acl`, or a list of them. Nothing changes when it throws.
  func addRules(port: String, yaml: String) async throws
  /// Removes rules of a port, written as they were, or by weight and direction.
  func removeRules(port: String, yaml: String) async throws
  /// Sets meters to zero: all, those of a port, of a name, or both. Returns what they had counted.
  func resetMeters(port: String?, meter: String?) async throws -> MeterReport
}
