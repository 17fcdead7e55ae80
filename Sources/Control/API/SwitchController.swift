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
  /// The newest moves, oldest first.
  func moves() async throws -> [MoveStatus]

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
  /// Moves entries, of 0 to 127, of a port's queue to a worker; returns how many were not there before. Throws
  /// `noSuchPort`.
  func moveEntries(port: String, entries: ClosedRange<Int>, to worker: Int) async throws -> Int
}
