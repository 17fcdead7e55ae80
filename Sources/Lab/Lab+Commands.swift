import Units

/// Commands in hosts. Hosts are numbered from 1; 0 is the switch's namespace.
extension Lab {
  /// The command, run in a host.
  public func command(in host: Int, _ command: [String]) -> [String] {
    ["ip", "netns", "exec", spec.namespace(of: host)] + command
  }

  /// Runs a command in a host; it must succeed. Returns what it printed; throws with its complaint.
  @discardableResult
  public func run(in host: Int, _ command: String...) async throws(LabError) -> String {
    try await Program.run(self.command(in: host, command))
  }

  /// Runs a command in a host, however it ends.
  public func result(in host: Int, _ command: String...) async throws(LabError) -> Program.Result {
    try await Program.result(self.command(in: host, command))
  }

  /// Lets the hosts' TCP work on these CPUs (receive packet steering, RPS); nil: wherever a frame is handed over, which
  /// is inside the system call of the worker that forwards it.
  public func receive(on cpus: [Int]?) async throws(LabError) {
    let mask = CPUMask.text(cpus ?? [])
    for host in 1...spec.hosts {
      try await run(
        in: host, "sh", "-c", "for file in /sys/class/net/*/queues/rx-*/rps_cpus; do echo \(mask) >$file; done")
    }
  }

  /// Waits until somebody in a host listens for TCP at a port.
  public func waitUntilSomebodyListens(in host: Int, port: UInt16) async throws(LabError) {
    for _ in 0..<100 {
      if try await !run(in: host, "ss", "-Hltn", "sport = :\(port)").isEmpty { return }
      do { try await Task.sleep(for: .milliseconds(50)) } catch { throw LabError("cancelled") }
    }
    throw LabError("lab '\(spec.name)': nobody in host \(host) listens at port \(port)")
  }

  /// Starts a command in a host beside the caller.
  /// - Parameter log: a file for all it prints; nil: `HostProcess` has it, outputs kept apart.
  public func spawn(in host: Int, _ command: [String], log: String? = nil) throws(LabError) -> HostProcess {
    try HostProcess(self.command(in: host, command), log: log)
  }
}
