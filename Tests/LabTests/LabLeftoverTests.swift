import Glibc
import Lab
import Testing

extension HostTests {
  /// What crashes leave, down finds by name.
  @Suite struct LeftoverParts {
    private let bridge = LabSpec(name: "t_left", hosts: 2, fabric: .bridge)

    /// Each damage leaves another part of a lab.
    @Test(arguments: ["record", "switch", "hosts", "namespaces", "files"])
    func downFinds(without part: String) async throws {
      try await withLab(bridge) { lab in
        switch part {
        case "record": try await Program.run(["rm", "-r", bridge.directory])
        case "switch": try await Program.run(["ip", "netns", "del", bridge.switchNamespace])
        case "hosts": for host in 1...2 { try await Program.run(["ip", "netns", "del", bridge.namespace(of: host)]) }
        case "namespaces":
          for host in 0...2 { try await Program.run(["ip", "netns", "del", bridge.namespace(of: host)]) }
        default: for host in 0...2 { try await Program.run(["rm", "-r", "/etc/netns/\(bridge.namespace(of: host))"]) }
        }
        #expect(try await Lab.all().contains("t_left"))
        #expect(try await Lab.named("t_left") != nil)
        await #expect(throws: LabError.self) { try await Lab.up(bridge) }
        await Lab(LabSpec(name: "t_left", hosts: 1)).down()
        try await expectNothingLeft(of: "t_left")
        #expect(try await !Lab.all().contains("t_left"))
      }
    }

    @Test func downLeavesOthersAlone() async throws {
      // A namespace that only looks like a lab's, and another lab whose name begins alike.
      _ = try? await Program.run(["ip", "netns", "del", "millrace-t_left-other"])
      try await Program.run(["ip", "netns", "add", "millrace-t_left-other"])
      let neighbour = LabSpec(name: "t_left2", hosts: 1, fabric: .bridge)
      try await withLab(neighbour) { lab in
        await Lab(bridge).down()
        let hosts = try await lab.hosts()
        #expect(hosts == [1])
        let namespaces = try await Program.run(["ip", "netns", "list"])
        #expect(namespaces.contains("millrace-t_left-other"))
      }
      try await Program.run(["ip", "netns", "del", "millrace-t_left-other"])
    }

    @Test func aKilledMakerLeavesWhatDownFinds() async throws {
      await Lab(bridge).down()
      let millrace = try Lab.executable()
      let maker = try HostProcess([millrace, "lab", "up", "--name", "t_left", "--hosts", "20", "--fabric", "bridge"])
      // In the midst of it.
      while access("/run/netns/\(bridge.namespace(of: 1))", F_OK) != 0 && maker.isRunning { usleep(1000) }
      maker.signal(SIGKILL)
      _ = await maker.ends(within: .seconds(5))
      #expect(maker.exitCode == 128 + SIGKILL)
      let down = try await Program.run([millrace, "lab", "down", "--name", "t_left"])
      #expect(down == "lab 't_left' is down\n")
      try await expectNothingLeft(of: "t_left")
      #expect(try await Program.run([millrace, "lab", "down", "--name", "t_left"]) == "there is no lab 't_left'\n")
    }
  }
}
