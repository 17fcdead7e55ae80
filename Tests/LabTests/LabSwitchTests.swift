import Glibc
import Lab
import Testing

extension HostTests {
  /// The switch's process, by Millrace itself.
  @Suite struct SwitchProcess {
    @Test func itIsStartedStoppedAndKilled() async throws {
      let spec = LabSpec(name: "t_switch", hosts: 2, switchLines: ["workers: [0]"])
      try await withLab(spec) { lab in
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        #expect(try await lab.show("ports").contains("\"h2\""))
        let first = try #require(lab.recordedSwitch)
        await #expect(throws: LabError.self) { try await lab.startSwitch() }
        await lab.stopSwitch()
        #expect(!first.isRunning)
        #expect(try await !lab.pings(from: 1, to: spec.address(of: 2)))
        try await lab.startSwitch()
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        await lab.killSwitch()
        #expect(lab.recordedSwitch?.isRunning == false)
        try await lab.startSwitch(configuration: spec.configuration.replacing("workers: [0]", with: "workers: [0, 0]"))
        let workers = try await lab.show("workers").filter { !$0.isWhitespace }
        #expect(workers.contains("\"worker\":1"))
        #expect(try await lab.pings(from: 2, to: spec.address6(of: 1)))
      }
    }

    @Test func aRefusedConfigurationIsToldAndNothingIsLeft() async throws {
      let spec = LabSpec(name: "t_switch", hosts: 2, switchLines: ["workers: [0]", "colour: red"])
      await Lab(spec).down()
      let error = await #expect(throws: LabError.self) { try await Lab.up(spec) }
      #expect(error?.description.contains("config.yaml:3") == true, "\(error?.description ?? "")")
      #expect(error?.description.contains("colour") == true)
      try await expectNothingLeft(of: "t_switch")
    }

    @Test func itRunsWhereTheHostsNetworkIsNot() async throws {
      let spec = LabSpec(
        name: "t_switch", hosts: 1, switchLines: ["workers: [0]"],
        extraPorts: ["{name: mgmt, host: {name: millracetest0, addresses: [10.77.0.100/24]}}"])
      try await withLab(spec) { lab in
        let pings = try await lab.pings(from: 1, to: "10.77.0.100")
        #expect(pings)
        #expect(access("/sys/class/net/millracetest0", F_OK) != 0)
      }
    }
  }
}
