import Glibc

/// What there is of a lab on this machine, found by name and nothing else.
struct Leftovers: Sendable, Equatable {
  let name: String
  var namespaces: [String]
  /// Directories of files that namespaces see (ip-netns(8)).
  var fileDirectories: [String]
  /// The lab's directory.
  var directory: String?

  var isEmpty: Bool { namespaces.isEmpty && fileDirectories.isEmpty && directory == nil }

  static func find(_ name: String) async throws(LabError) -> Leftovers {
    let spec = LabSpec(name: name, hosts: 1)
    let files = File.names(in: LabSpec.namespaceFiles).filter { LabSpec.parts(of: $0)?.name == name }
    return Leftovers(
      name: name, namespaces: try await allNamespaces().filter { LabSpec.parts(of: $0)?.name == name },
      fileDirectories: files.map { "\(LabSpec.namespaceFiles)/\($0)" },
      directory: access(spec.directory, F_OK) == 0 ? spec.directory : nil)
  }

  /// Of every lab there is something of.
  static func names() async throws(LabError) -> [String] {
    let named = try await allNamespaces() + File.names(in: LabSpec.namespaceFiles)
    let directories = File.names(in: LabSpec.stateDirectory).filter { $0.hasPrefix("lab-") }.map {
      String($0.dropFirst(4))
    }
    return Set(named.compactMap { LabSpec.parts(of: $0)?.name } + directories).sorted()
  }

  /// Ends what runs in the namespaces, then removes all. What another is removing at the same time is no fault.
  func remove() async {
    var running: Set<Background> = []
    for namespace in namespaces { running.formUnion(await Self.processes(in: namespace)) }
    for process in running { process.signal(SIGTERM) }
    for process in running where await !process.ends(within: .seconds(2)) { process.signal(SIGKILL) }
    for process in running { _ = await process.ends(within: .seconds(5)) }
    for namespace in namespaces { _ = try? await Program.run(["ip", "netns", "del", namespace]) }
    for path in fileDirectories { File.removeDirectory(path) }
    rmdir(LabSpec.namespaceFiles)
    if let directory { File.removeDirectory(directory) }
  }

  /// All of them but this one: who takes a lab down from within goes on.
  private static func processes(in namespace: String) async -> [Background] {
    let pids = (try? await Program.run(["ip", "netns", "pids", namespace])) ?? ""
    return pids.split(whereSeparator: \.isNewline).compactMap { pid_t($0) }.filter { $0 != getpid() }
      .compactMap { Background(pid: $0) }
  }

  private static func allNamespaces() async throws(LabError) -> [String] {
    try await Program.run(["ip", "netns", "list"]).split(whereSeparator: \.isNewline).compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }
}
