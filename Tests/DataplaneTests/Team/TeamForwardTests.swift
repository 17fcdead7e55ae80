import Dataplane
import Testing

/// What a team takes from its members, and what it sends by them. Ports 0 and 1 are vports, 2 and 3 the members.
@Suite struct TeamForwardTests {
  private static let ports = [TestPort(), TestPort(), TestPort(isUplink: true), TestPort(isUplink: true)]
  private static let (vm0, vm1, remote) = (station(0), station(1), station(9))

  /// Port 0's affinity is the first member, port 1's the second; both ports and the remote station are learned.
  private func withTeam(_ team: TestTeam, _ body: (TestSwitch) throws -> Void) throws {
    try withSwitch(Self.ports, teams: [team]) { bench in
      bench.teams[0].setAffinity(0, ofPort: 0)
      bench.teams[0].setAffinity(1, ofPort: 1)
      bench.send(ethernet(to: broadcast, from: Self.vm0), at: 0)
      bench.send(ethernet(to: broadcast, from: Self.vm1), at: 1)
      bench.send(ethernet(to: broadcast, from: Self.remote), at: 2)
      _ = bench.takeAll()
      try body(bench)
    }
  }

  @Test func aTeamIsOnePortToTheFDB() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      #expect(bench.fdb.port(of: Self.remote, vlan: 0) == 4)
    }
  }

  @Test func aFloodLeavesOnceByTheSendersMember() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      let (a, b) = (ethernet(to: broadcast, from: Self.vm0), ethernet(to: station(77), from: Self.vm1))
      bench.send(a, at: 0)
      bench.send(b, at: 1)
      #expect(bench.takeAll() == [[b], [a], [a], [b]])
    }
  }

  @Test func whatThePhysicalSwitchFloodsIsDeliveredOnce() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      let frames = [
        ethernet(to: broadcast, from: Self.remote), ethernet(to: multicast, from: Self.remote),
        ethernet(to: station(77), from: Self.remote), ethernet(to: Self.vm0, from: Self.remote),
        ethernet(to: Self.vm1, from: Self.remote),
      ]
      for frame in frames {
        bench.send(frame, at: 2)
        bench.send(frame, at: 3)
      }
      #expect(
        bench.takeAll() == [[frames[0], frames[1], frames[2], frames[3]], Array(frames[..<3]) + [frames[4]], [], []])
      #expect(bench.drops == Array(repeating: "otherMember", count: 5))
    }
  }

  @Test func membersOnNetworksOfTheirOwnTakeEverything() throws {
    try withTeam(TestTeam(members: [2, 3], isShared: false)) { bench in
      for member in [2, 3] {
        let frame = ethernet(to: broadcast, from: station(20 + member))
        bench.send(frame, at: member)
        #expect(bench.takeAll() == [[frame], [frame], [], []])
        let direct = ethernet(to: Self.vm0, from: station(20 + member))
        bench.send(direct, at: member)
        #expect(bench.takeAll() == [[direct], [], [], []])
      }
      #expect(bench.drops.isEmpty)
    }
  }

  @Test func whatOneMemberSentIsNotTakenFromAnother() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      // By the port's own address, and by that of a member's device.
      bench.send(ethernet(to: broadcast, from: Self.vm0), at: 3)
      bench.send(ethernet(to: broadcast, from: TestTeam.memberAddress(0)), at: 3)
      bench.send(ethernet(to: Self.vm1, from: TestTeam.memberAddress(1)), at: 2)
      #expect(bench.takeAll() == [[], [], [], []])
      #expect(bench.drops == Array(repeating: "reflected", count: 3))
      #expect(bench.fdb.port(of: Self.vm0, vlan: 0) == 0)
    }
  }

  @Test func anAddressThatMovedAwayIsLearnedAtTheTeam() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      // As the physical switch sends a moved station's broadcast: to both members.
      let frame = ethernet(to: broadcast, from: Self.vm1)
      bench.send(frame, at: 2)
      bench.send(frame, at: 3)
      #expect(bench.fdb.port(of: Self.vm1, vlan: 0) == 4)
    }
  }

  @Test func membersFindOutThatTheyShareANetwork() throws {
    try withTeam(TestTeam(members: [2, 3], isShared: false)) { bench in
      bench.send(ethernet(to: Team.beaconAddress, from: TestTeam.memberAddress(0)), at: 3)
      #expect(bench.teams[0].heard(byMember: 0) == 2)
      #expect(bench.teams[0].heard(byMember: 1) == 1)
      #expect(bench.takeAll() == [[], [], [], []])
      let frame = ethernet(to: broadcast, from: Self.remote)
      bench.send(frame, at: 2)
      bench.send(frame, at: 3)
      #expect(bench.takeAll() == [[frame], [frame], [], []])
    }
  }

  @Test func membersThatAreNotHeardAnyMoreAreOnNetworksOfTheirOwn() throws {
    try withTeam(TestTeam(members: [2, 3])) { bench in
      bench.send(ethernet(to: Team.beaconAddress, from: TestTeam.memberAddress(0)), at: 3)
      let frames = [20, 21].map { ethernet(to: broadcast, from: station($0)) }
      bench.teams[0].renewNetworks()
      for (frame, member) in zip(frames, [2, 3]) { bench.send(frame, at: member) }
      #expect(bench.takeAll() == [[frames[0]], [frames[0]], [], []])
      bench.teams[0].renewNetworks()
      for (frame, member) in zip(frames, [2, 3]) { bench.send(frame, at: member) }
      #expect(bench.takeAll() == [frames, frames, [], []])
    }
  }

  @Test func nothingGoesFromOneMemberToTheOther() throws {
    try withTeam(TestTeam(members: [2, 3], isShared: false)) { bench in
      bench.send(ethernet(to: broadcast, from: station(30)), at: 3)
      bench.send(ethernet(to: station(30), from: Self.remote), at: 2)
      #expect(bench.take(2).isEmpty)
      #expect(bench.take(3).isEmpty)
      #expect(bench.drops == ["noOtherPort"])
    }
  }

  @Test func nothingGoesFromATeamToAnotherUplink() throws {
    try withSwitch(Self.ports + [TestPort(isUplink: true)], teams: [TestTeam(members: [2, 3])]) { bench in
      bench.send(ethernet(to: broadcast, from: station(30)), at: 4)
      bench.send(ethernet(to: station(30), from: Self.remote), at: 2)
      bench.send(ethernet(to: broadcast, from: Self.remote), at: 2)
      #expect(bench.take(2).isEmpty && bench.take(3).isEmpty && bench.take(4).isEmpty)
      #expect(bench.drops == ["betweenUplinks"])
    }
  }

  /// ARP and neighbour discovery leave by the affinity member with the port's address; other frames of a flow by any,
  /// and by another with that member's.
  @Test(arguments: TeamMode.allCases) func addressesAreThoseThatPhysicalSwitchesMaySee(mode: TeamMode) throws {
    try withTeam(TestTeam(members: [2, 3], mode: mode)) { bench in
      var byOther = 0
      for port in 0..<2 {
        let own = [Self.vm0, Self.vm1][port]
        let affinity = mode == .addressHash && port == 1 ? 0 : port
        bench.teams[0].setAffinity(affinity, ofPort: UInt16(port))
        for flow in 0..<64 {
          var frame = ipFrame(
            to: Self.remote, from: own, .udp, sourcePort: 1000 + flow, payload: pattern(20), checksum: .right)
          bench.send(frame, at: port)
          let sent = [bench.take(2), bench.take(3)]
          let member = try #require(sent.firstIndex { !$0.isEmpty })
          if member != affinity {
            byOther += 1
            frame.replaceSubrange(6..<12, with: bytes(of: TestTeam.memberAddress(member)))
          }
          #expect(sent[member] == [frame])
          #expect(sent[1 - member].isEmpty)
        }
        // ICMPv6 is 58.
        let arp = ethernet(to: Self.remote, from: own, type: 0x0806, payload: pattern(46))
        var discovery = ipFrame(to: Self.remote, from: own, version: 6, .udp, payload: pattern(40), checksum: .right)
        discovery[20] = 58
        for frame in [arp, discovery] {
          bench.send(frame, at: port)
          #expect(bench.take(2 + affinity) == [frame])
          #expect(bench.take(3 - affinity).isEmpty)
        }
      }
      #expect((byOther > 0) == (mode != .hypervPort))
    }
  }

  @Test(arguments: TeamMode.allCases) func aMemberThatIsDownCarriesNothing(mode: TeamMode) throws {
    try withTeam(TestTeam(members: [2, 3], mode: mode)) { bench in
      func sendAll() -> [Int] {
        for flow in 0..<64 {
          let frame = ipFrame(
            to: Self.remote, from: Self.vm0, .tcp, sourcePort: 1000 + flow, payload: pattern(20), checksum: .right)
          bench.send(frame, at: 0)
        }
        bench.send(ethernet(to: broadcast, from: Self.vm0), at: 0)
        return [bench.take(2).count, bench.take(3).count]
      }
      #expect(sendAll().reduce(0, +) == 65)
      bench.teams[0].live = 0b10
      #expect(sendAll() == [0, 65])
      bench.teams[0].live = 0
      #expect(sendAll() == [0, 0])
      #expect(bench.count(.dropNoMember, at: 0) == 65)
      bench.teams[0].live = 0b11
      bench.withdraw(port: 3)
      #expect(sendAll() == [65, 0])
    }
  }
}
