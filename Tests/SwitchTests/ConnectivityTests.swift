import Lab
import Testing

extension SwitchTests {
  /// Two hosts on default veths, every offload on.
  @Suite struct Connectivity {
    @Test(arguments: [1500, 9000], ["super", "native"])
    func hostsReachEachOther(mtu: Int, ingress: String) async throws {
      let spec = LabSpec(name: "connect", hosts: 2, mtu: mtu, allPortKeys: ["ingress: \(ingress)"])
      try await withLab(spec) { lab in
        for (from, to) in [(1, 2), (2, 1)] {
          #expect(try await lab.pings(from: from, to: spec.address(of: to)))
          #expect(try await lab.pings(from: from, to: spec.address6(of: to)))
          #expect(try await lab.pings(from: from, to: spec.address(of: to), size: 65000))
          for address in [spec.address(of: to), spec.address6(of: to)] {
            let tcp = try await IPerf.run(lab, client: from, server: to, address: address)
            // Far below what the worst case carries: a stall of TCP, as lost checksums cause, carries nothing.
            #expect(tcp.receivedBitsPerSecond > 50e6, "TCP h\(from) to \(address)")
            let udp = try await IPerf.run(lab, client: from, server: to, address: address, "-u", "-b", "50M")
            #expect(udp.receivedBitsPerSecond > 10e6, "UDP h\(from) to \(address)")
          }
        }
      }
    }

    @Test func superFramesCrossWhole() async throws {
      let spec = LabSpec(name: "superframes", hosts: 2, allPortKeys: ["ingress: super"])
      try await withLab(spec) { lab in
        _ = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2))
        let ports = try await lab.ports()
        #expect((ports["h1"]?.superFramesReceived ?? 0) > 100)
        #expect(ports["h1"]?.superFramesReceived == ports["h2"]?.superFramesSent)
        #expect(ports["h1"]?.mode == "generic")
      }
    }

    @Test func severalQueuesAreServed() async throws {
      let spec = LabSpec(name: "queues", hosts: 2, queues: 2)
      try await withLab(spec) { lab in
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
        let tcp = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), "-P", "4")
        #expect(tcp.receivedBitsPerSecond > 50e6)
        #expect(try await lab.ports()["h1"]?.queues == 2)
      }
    }

    @Test(arguments: ["busy", "interrupt"])
    func everyPollingModeForwards(mode: String) async throws {
      let spec = LabSpec(name: "polling", hosts: 2, switchLines: ["workers: [0, 1]", "polling: \(mode)"])
      try await withLab(spec) { lab in
        let echoes = try await lab.pings(from: 1, to: spec.address(of: 2))
        #expect(echoes)
      }
    }

    @Test func eightWorkersOnTwoCPUsDoNotLivelock() async throws {
      let spec = LabSpec(name: "eight", hosts: 2, switchLines: ["workers: [0, 1, 0, 1, 0, 1, 0, 1]", "polling: busy"])
      try await withLab(spec) { lab in
        let tcp = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), "-P", "8", seconds: 2)
        #expect(tcp.receivedBitsPerSecond > 20e6)
      }
    }

    @Test func emulatedCoresForward() async throws {
      let spec = LabSpec(
        name: "emulated", hosts: 2, switchLines: ["workers: [0, 1, 0, 1]", "emulatedShare: 10%"])
      try await withLab(spec) { lab in
        let tcp = try await IPerf.run(lab, client: 1, server: 2, address: spec.address(of: 2), seconds: 2)
        #expect(tcp.receivedBitsPerSecond > 10e6)
      }
    }

    @Test(arguments: [1500, 9000]) func hostPortReachesHosts(mtu: Int) async throws {
      let host = "{name: mgmt0, addresses: [10.77.0.100/24, \"fd77::100/64\"]}"
      let spec = LabSpec(
        name: "hostport", hosts: 1, mtu: mtu, extraPorts: ["{name: mgmt, mtu: \(mtu), host: \(host)}"])
      try await withLab(spec) { lab in
        #expect(try await lab.pings(from: 1, to: "10.77.0.100"))
        for (from, to) in [(1, "10.77.0.100"), (0, spec.address(of: 1))] {
          #expect(try await lab.pings(from: from, to: to, size: 65000))
        }
        #expect(try await lab.pings(from: 1, to: "fd77::100"))
        for (client, server, address) in [(1, 0, "10.77.0.100"), (0, 1, spec.address(of: 1)), (1, 0, "fd77::100")] {
          let tcp = try await IPerf.run(lab, client: client, server: server, address: address)
          #expect(tcp.receivedBitsPerSecond > 50e6, "TCP to \(address)")
          let udp = try await IPerf.run(lab, client: client, server: server, address: address, "-u", "-b", "50M")
          #expect(udp.receivedBitsPerSecond > 10e6, "UDP to \(address)")
        }
        let ports = try await lab.ports()
        #expect((ports["mgmt"]?.superFramesReceived ?? 0) > 0)
      }
    }
  }
}
