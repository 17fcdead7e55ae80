import Glibc
import Lab
import Testing

extension HostTests {
  /// Up and down, over the kernel's bridge.
  @Suite struct Life {
    private let bridge = LabSpec(name: "t_life", hosts: 3, fabric: .bridge)

    @Test func hostsReachEachOtherByAddressAndName() async throws {
      try await withLab(bridge) { lab in
        #expect(try await lab.pings(from: 1, to: bridge.address(of: 3)))
        #expect(try await lab.pings(from: 3, to: bridge.address6(of: 2)))
        #expect(try await lab.pings(from: 2, to: "h1"))
        #expect(try await lab.hosts() == [1, 2, 3])
        let link = try await lab.run(in: 1, "ip", "link", "show", "eth0")
        #expect(link.contains(bridge.mac(of: 1)) && link.contains("mtu 1500"))
      }
    }

    @Test func theHostsNetworkIsNotTouched() async throws {
      func network() async throws -> String {
        try await Program.run(["ip", "-br", "link"]) + Program.run(["ip", "route"])
          + Program.run(["ip", "-6", "route"])
      }
      let before = try await network()
      try await withLab(bridge) { _ in
        let during = try await network()
        #expect(during == before)
      }
      #expect(try await network() == before)
    }

    @Test func mtuAndQueuesAreAsAskedFor() async throws {
      let spec = LabSpec(name: "t_life", hosts: 2, mtu: 9000, queues: 3, fabric: .bridge)
      try await withLab(spec) { lab in
        for (host, device) in [(1, "eth0"), (0, "port1")] {
          #expect(try await lab.run(in: host, "cat", "/sys/class/net/\(device)/mtu") == "9000\n")
          let queues = try await lab.run(in: host, "ls", "/sys/class/net/\(device)/queues").split(separator: "\n")
          #expect(Set(queues) == ["rx-0", "rx-1", "rx-2", "tx-0", "tx-1", "tx-2"])
        }
      }
    }

    @Test func quietHostsKnowTheirNeighboursAndSpeakNoIPv6() async throws {
      let spec = LabSpec(name: "t_life", hosts: 2, fabric: .bridge, ipv6: false, staticNeighbours: true)
      try await withLab(spec) { lab in
        #expect(try await lab.run(in: 1, "ip", "-6", "address", "show", "dev", "eth0") == "")
        let neighbours = try await lab.run(in: 1, "ip", "neighbour", "show", "dev", "eth0")
        #expect(neighbours.contains("\(spec.address(of: 2)) lladdr \(spec.mac(of: 2)) PERMANENT"))
        #expect(try await lab.pings(from: 1, to: spec.address(of: 2)))
      }
    }

    @Test func labsOfTwoNamesLiveBesideEachOther() async throws {
      let other = LabSpec(name: "t_life_2", hosts: 1, fabric: .bridge)
      try await withLab(bridge) { lab in
        try await withLab(other) { second in
          let (all, hosts) = (try await Lab.all(), try await second.hosts())
          #expect(Set(all).isSuperset(of: ["t_life", "t_life_2"]))
          #expect(hosts == [1])
        }
        #expect(try await lab.pings(from: 1, to: bridge.address(of: 2)))
      }
    }

    @Test func aLabThatIsUpIsNotMadeAgain() async throws {
      try await withLab(bridge) { lab in
        let error = await #expect(throws: LabError.self) { try await Lab.up(bridge) }
        #expect(error?.description.contains("millrace lab down --name t_life") == true)
        let pings = try await lab.pings(from: 1, to: bridge.address(of: 2))
        #expect(pings)
      }
    }

    @Test func ofTwoThatComeAtOnceOneIsMade() async throws {
      try await withLab(LabSpec(name: "t_life_2", hosts: 1, fabric: .bridge)) { _ in
        async let first = Result(catching: { try await Lab.up(bridge) })
        async let second = Result(catching: { try await Lab.up(bridge) })
        let made = await [first, second].compactMap { try? $0.get() }
        #expect(made.count == 1)
        let pings = try await made.first?.pings(from: 1, to: bridge.address(of: 3))
        #expect(pings == true)
        await Lab(bridge).down()
      }
      try await expectNothingLeft(of: "t_life")
    }

    @Test func anotherProcessLearnsWhatALabWasMadeOf() async throws {
      try await withLab(bridge) { _ in
        let known = try await Lab.named("t_life")?.spec
        #expect(known == bridge)
      }
      #expect(try await Lab.named("t_life") == nil)
    }

    @Test func processesInHostsEndWithTheLab() async throws {
      var polite: HostProcess?
      var stubborn: HostProcess?
      try await withLab(bridge) { lab in
        polite = try lab.spawn(
          in: 1, ["sh", "-c", "trap 'echo asked; exit 0' TERM; echo up; while :; do sleep 0.01; done"])
        stubborn = try lab.spawn(in: 0, ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.01; done"])
        try await polite?.prints("up")
        try await stubborn?.prints("up")
      }
      #expect(polite?.output == "up\nasked\n")
      #expect(try await polite?.wait() == 0)
      #expect(try await stubborn?.wait() == 128 + SIGKILL)
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
