import Glibc

/// A lab: hosts as network namespaces, joined by veth through a switch that runs in a namespace of its own, so that
/// the network of this machine is never touched.
///
/// Everything is found by name: a lab that a crash left behind goes with `down` like any other.
public struct Lab: Sendable {
  public let spec: LabSpec

  /// The lab of a specification, whether it is up or not.
  public init(_ spec: LabSpec) { self.spec = spec }

  /// Makes the hosts and starts the switch; returns when it forwards. Nothing is left when it throws.
  @discardableResult
  public static func up(_ spec: LabSpec) async throws -> Lab {
    if let fault = spec.fault { throw LabError(fault) }
    let lab = Lab(spec)
    guard try await !Self.namespaces().contains(spec.switchNamespace) else {
      throw LabError("lab '\(spec.name)' is up already; see `millrace lab show`, or take it down with `millrace lab down`")
    }
    do {
      try await lab.makeHosts()
      switch spec.fabric {
      case .millrace: try await lab.startSwitch()
      case .bridge: try await lab.makeBridge()
      }
    } catch {
      await lab.down()
      throw error
    }
    return lab
  }

  /// Removes the lab, or what is left of it. Does nothing when there is nothing.
  public func down() async {
    await recordedSwitch?.stop()
    for namespace in (try? await Self.namespaces()) ?? [] where belongs(namespace) {
      await Self.remove(namespace)
      File.removeDirectory("/etc/netns/\(namespace)")
    }
    File.removeDirectory(spec.directory)
  }

  /// Names of all labs that are up or left behind.
  public static func all() async throws(LabError) -> [String] {
    var names: Set<String> = []
    for namespace in try await namespaces() where namespace.hasPrefix(LabSpec.prefix) {
      let rest = namespace.dropFirst(LabSpec.prefix.count)
      if let dash = rest.lastIndex(of: "-") { names.insert(String(rest[..<dash])) }
    }
    return names.sorted()
  }

  /// The numbers of a lab's hosts, as the namespaces tell.
  public func hosts() async throws(LabError) -> [Int] {
    let prefix = "\(LabSpec.prefix)\(spec.name)-h"
    return try await Self.namespaces().filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
      .sorted()
  }

  /// The command, run in a host (0: in the switch's namespace).
  public func command(in host: Int, _ command: [String]) -> [String] {
    ["ip", "netns", "exec", host == 0 ? spec.switchNamespace : spec.namespace(of: host)] + command
  }

  /// Runs a command in a host; it must succeed.
  @discardableResult
  public func run(in host: Int, _ command: String...) async throws(LabError) -> String {
    try await Program.run(self.command(in: host, command))
  }

  /// Runs a command in a host, however it ends.
  public func result(in host: Int, _ command: String...) async throws(LabError) -> Program.Result {
    try await Program.result(self.command(in: host, command))
  }

  /// Starts a command in a host beside the caller; its output goes to `log`.
  public func spawn(in host: Int, _ command: [String], log: String = "/dev/null") throws(LabError) -> Background {
    try Background.start(self.command(in: host, command), log: log)
  }

  static func namespaces() async throws(LabError) -> [String] {
    try await Program.run(["ip", "netns", "list"]).split(whereSeparator: \.isNewline).compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }

  private func belongs(_ namespace: String) -> Bool {
    let prefix = "\(LabSpec.prefix)\(spec.name)-"
    guard namespace.hasPrefix(prefix) else { return false }
    let rest = namespace.dropFirst(prefix.count)
    return rest == "switch" || rest.first == "h" && Int(rest.dropFirst()) != nil
  }

  /// Removes a namespace and ends what still runs in it.
  private static func remove(_ namespace: String) async {
    let pids = ((try? await Program.run(["ip", "netns", "pids", namespace])) ?? "")
      .split(whereSeparator: \.isNewline).compactMap { pid_t($0) }
    let left = pids.map { Background(pid: $0, started: Background.startTime(of: $0) ?? 0) }
    for process in left { process.signal(SIGKILL) }
    for process in left { _ = await process.ends(within: .seconds(5)) }
    _ = try? await Program.run(["ip", "netns", "del", namespace])
  }
}
