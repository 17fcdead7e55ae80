/// Which VM goes where, from which port. Pure: made from what the user wrote, before anything is touched.
public struct SendPlan: Hashable, Sendable {
  public struct Assignment: Hashable, Sendable {
    public var profile: VMProfile
    /// The target's addresses, in order of preference.
    public var target: [Endpoint]
    public var sourcePort: UInt16?
  }

  public private(set) var assignments: [Assignment] = []
  /// Migrations at a time.
  public let simultaneous: Int

  /// Deals the VMs to the targets in turn. `sourcePorts`: none, or the first for each VM, which takes `portsEach` in a row
  /// to a target of so many addresses. Throws one line.
  public init(
    vms: [VMProfile], targets: [[Endpoint]], sourcePorts: [UInt16], portsEach: (_ paths: Int) -> Int = { _ in 1 },
    simultaneous: Int?
  ) throws(MigrationError) {
    guard !vms.isEmpty else { throw MigrationError("--vm", "names no VM", fix: "write e.g. --vm 256MiB") }
    guard !targets.isEmpty, targets.allSatisfy({ !$0.isEmpty }) else {
      throw MigrationError("--to", "names no target", fix: "write e.g. --to 10.0.0.2:7000")
    }
    guard sourcePorts.isEmpty || sourcePorts.count == vms.count else {
      throw MigrationError(
        "--source-port", "names \(sourcePorts.count) ports for \(vms.count) VMs", fix: "write one port for each VM")
    }
    guard !sourcePorts.contains(0) else {
      throw MigrationError("--source-port", "0 is no port", fix: "write 1 to 65535")
    }
    if let simultaneous, simultaneous < 1 {
      throw MigrationError("--simultaneous", "\(simultaneous) migrations at a time never end", fix: "write 1 or more")
    }
    self.simultaneous = min(simultaneous ?? vms.count, vms.count)
    for (index, profile) in vms.enumerated() {
      try profile.validate()
      let target = targets[index % targets.count]
      let port = sourcePorts.isEmpty ? nil : sourcePorts[index]
      if let port {
        let portsEach = portsEach(target.count)
        for other in assignments where other.target == target {
          guard let taken = other.sourcePort, abs(Int(port) - Int(taken)) < portsEach else { continue }
          throw port == taken
            ? MigrationError("--source-port", "\(port) is named twice for \(target[0])", fix: "write another")
            : MigrationError(
              "--source-port", "\(taken) and \(port) are too close: each VM takes \(portsEach) ports in a row",
              fix: "write them \(portsEach) or more apart")
        }
        guard Int(port) + portsEach - 1 <= Int(UInt16.max) else {
          throw MigrationError(
            "--source-port", "\(port) is too high: a VM takes \(portsEach) ports in a row", fix: "write a lower one")
        }
      }
      assignments.append(Assignment(profile: profile, target: target, sourcePort: port))
    }
  }
}
