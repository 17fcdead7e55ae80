import Control
import Foundation
import Lab
import Testing

extension SwitchTests {
  /// What a crash of the switch and the loss of a device leave behind.
  @Suite struct Failure {
    @Test func killUnderLoadLeavesTheHostAsItWas() async throws {
      let spec = LabSpec(name: "kill", hosts: 2)
      try await withLab(spec) { lab in
        // Beside the switch, the host's own stack answers on the port's device once the program is gone.
        try await lab.run(in: 0, "ip", "address", "add", "10.78.0.1/24", "dev", "port1")
        try await lab.run(in: 1, "ip", "address", "add", "10.78.0.2/24", "dev", "eth0")
        try await IPerf.beside(lab) {
          try await Task.sleep(for: .seconds(1))
          await lab.killSwitch()
          let links = try await lab.run(in: 0, "ip", "link", "show")
          #expect(!links.contains("xdp"))
          #expect(try await lab.pings(from: 1, to: "10.78.0.1"))
          try await lab.run(in: 0, "ip", "address", "del", "10.78.0.1/24", "dev", "port1")
          let begin = ContinuousClock.now
          try await lab.startSwitch()
          #expect(try await lab.eventually(2) { try await lab.pings(from: 1, to: spec.address(of: 2), count: 1) })
          // Twice the promise: this machine may be busy with something else.
          #expect(ContinuousClock.now - begin < .seconds(4))
        }
      }
    }

    @Test func deletedDeviceIsSurvivedAndPickedUpAgain() async throws {
      let spec = LabSpec(name: "vanish", hosts: 3)
      try await withLab(spec) { lab in
        try await IPerf.beside(lab) {
          try await Task.sleep(for: .milliseconds(500))
          try await lab.run(in: 0, "ip", "link", "del", "port3")
          #expect(try await lab.eventually { try await lab.ports()["h3"]?.state == "gone" })
          #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
          try await lab.run(
            in: 0, "ip", "link", "add", "port3", "type", "veth", "peer", "name", "eth0", "address", spec.mac(of: 3),
            "netns", spec.namespace(of: 3))
          try await lab.run(in: 3, "ip", "address", "add", "\(spec.address(of: 3))/24", "dev", "eth0")
          try await lab.run(in: 3, "ip", "link", "set", "eth0", "up")
          try await lab.run(in: 0, "ip", "link", "set", "port3", "up")
          #expect(try await lab.eventually { try await lab.pings(from: 1, to: spec.address(of: 3), count: 1) })
        }
        #expect(try await lab.ports()["h3"]?.state == "up")
      }
    }

    /// MTU and being up, of a device that was down.
    @Test(arguments: [false, true])
    func theHostIsAsItWasAfterAStopOrAtTheStartAfterACrash(isKilled: Bool) async throws {
      try await withLab(LabSpec(name: "asitwas", hosts: 1)) { lab in
        func state() async throws -> [Substring] {
          let words = try await lab.run(in: 0, "ip", "link", "show", "spare").split(separator: " ")
          return [words[2], words[4]]
        }
        try await lab.run(in: 0, "ip", "link", "add", "spare", "type", "veth", "peer", "name", "end")
        let before = try await state()
        try await ControlClient(path: lab.spec.socketPath).addPort(yaml: "{name: spare, netdev: spare, mtu: 1400}")
        let during = try await state()
        #expect(before[1] == "1500" && !before[0].contains("UP"))
        #expect(during[1] == "1400" && during[0].contains("UP"))
        if isKilled {
          await lab.killSwitch()
          #expect(try await state() == during)
        } else {
          await lab.stopSwitch()
          #expect(try await state() == before)
        }
        try await lab.startSwitch()
        #expect(try await state() == before)
      }
    }

    @Test func anotherDeviceOfTheNameIsLeftToTheHostWhileItCarriesAnAddress() async throws {
      let spec = LabSpec(name: "other", hosts: 2)
      try await withLab(spec) { lab in
        try await lab.run(in: 0, "ip", "link", "add", "spare", "type", "veth", "peer", "name", "end")
        try await lab.run(in: 0, "ip", "address", "add", "10.78.0.1/24", "dev", "spare")
        try await lab.run(in: 0, "ip", "link", "del", "port2")
        #expect(try await lab.eventually { try await lab.ports()["h2"]?.state == "gone" })
        try await lab.run(in: 0, "ip", "link", "set", "spare", "name", "port2")
        try await lab.run(in: 0, "ip", "link", "set", "port2", "up")
        // It is tried once a second.
        try await Task.sleep(for: .milliseconds(2500))
        #expect(try await lab.ports()["h2"]?.state == "gone")
        #expect(!(try await lab.run(in: 0, "ip", "link", "show", "port2")).contains("xdp"))
        try await lab.run(in: 0, "ip", "address", "flush", "dev", "port2")
        #expect(try await lab.eventually { try await lab.ports()["h2"]?.state != "gone" })
      }
    }

    @Test func cleanStopLeavesNoProgramAndAStartAtOnceForwards() async throws {
      let spec = LabSpec(name: "restart", hosts: 2)
      try await withLab(spec) { lab in
        for _ in 1...5 {
          await lab.stopSwitch()
          let links = try await lab.run(in: 0, "ip", "link", "show")
          #expect(!links.contains("xdp"))
          try await lab.startSwitch()
          #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        }
      }
    }
  }
}
