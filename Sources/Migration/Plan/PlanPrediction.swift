/// What the planner expects.
public struct PlanPrediction: Codable, Hashable, Sendable {
  public struct VM: Codable, Hashable, Sendable {
    public var vm: String
    /// Numbers of hosts.
    public var source: Int
    public var target: Int
    /// From the plan's start.
    public var endSeconds: Double
    public var blackoutMilliseconds: Double
    public var rounds: Int
    /// TCP payload.
    public var bytes: Double
    /// Of the source's threads.
    public var cpuSeconds: Double

    init(_ vm: PlannedVM, _ move: ClusterPlan.Move, end: Double) {
      self.vm = move.profile.name
      source = move.source
      target = move.target
      endSeconds = end
      blackoutMilliseconds = vm.blackout * 1000
      rounds = vm.done.count
      bytes = vm.sentBytes
      cpuSeconds = vm.cpuSeconds
    }
  }

  /// From the first migration's start to the last one's end.
  public var seconds: Double
  /// The longest.
  public var blackoutMilliseconds: Double
  public var bytes: Double
  /// Of the busiest source, 0 to 1; absent without a link limit.
  public var linkUtilization: Double?
  /// Of the busiest source's CPUs, 0 to 1.
  public var cpuUtilization: Double
  public var migrations: [VM]

  init(_ vms: [VM], seconds: Double, _ plan: ClusterPlan) {
    self.seconds = seconds
    blackoutMilliseconds = vms.map(\.blackoutMilliseconds).max() ?? 0
    bytes = vms.reduce(0) { $0 + $1.bytes }
    (linkUtilization, cpuUtilization) = plan.use(vms, seconds: seconds)
    migrations = vms
  }
}
