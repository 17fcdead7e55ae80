/// Open vSwitch as a lab's fabric: its userspace datapath, with database, sockets and logs in the lab's directory.
extension Lab {
  /// Whether it is installed.
  public static func hasOpenVSwitch() async -> Bool {
    (try? await Program.run(["ovs-vswitchd", "--version"])) != nil
  }

  /// Runs one of its programs in the switch's namespace; returns what it printed.
  @discardableResult
  public func openVSwitch(_ command: String...) async throws(LabError) -> String {
    let places = ["OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR"].map { "\($0)=\(spec.directory)" }
    return try await Program.run(self.command(in: 0, ["env"] + places + command))
  }

  func startOpenVSwitch() async throws(LabError) {
    guard await Self.hasOpenVSwitch() else {
      throw LabError("ovs-vswitchd: not found; install it: apt install openvswitch-switch")
    }
    let database = "\(spec.directory)/conf.db"
    let socket = "unix:\(spec.directory)/db.sock"
    try await openVSwitch("ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema")
    try await openVSwitch(
      "ovsdb-server", database, "--remote=p\(socket)", "--pidfile", "--detach", "--no-chdir", "--log-file")
    try await openVSwitch("ovs-vsctl", "--db=\(socket)", "--no-wait", "init")
    // Super-frames come and go whole, as through the kernel's bridge.
    try await openVSwitch(
      "ovs-vsctl", "--db=\(socket)", "--no-wait", "set", "Open_vSwitch", ".",
      "other_config:userspace-tso-enable=true")
    try await openVSwitch("ovs-vswitchd", socket, "--pidfile", "--detach", "--no-chdir", "--log-file")
    let bridge = LabSpec.bridgeDevice
    try await openVSwitch(
      "ovs-vsctl", "--db=\(socket)", "--timeout=20", "add-br", bridge, "--", "set", "bridge", bridge,
      "datapath_type=netdev")
    for host in 1...spec.hosts {
      try await openVSwitch("ovs-vsctl", "--db=\(socket)", "--timeout=20", "add-port", bridge, spec.port(of: host))
    }
  }
}
