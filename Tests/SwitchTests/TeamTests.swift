import Control
import Foundation
import Lab
import Testing
import Units

extension SwitchTests {
  /// Two switches, joined by two links that are a team at each end.
  @Suite struct Teams {
    private func withTeams(_ spec: TeamLab.Spec, _ body: (TeamLab) async throws -> Void) async throws {
      let lab = try await TeamLab.up(spec)
      do {
        try await body(lab)
        try await expectFramesConserved(lab.lab)
      } catch {
        Issue.record("\(error); the switches said: \(lab.log(.a).suffix(1500))\n\(lab.log(.b).suffix(1500))")
      }
      await lab.down()
    }

    /// Numbered flows both ways, from each host of one side to each of the other.
    private func sendNumbered(_ lab: TeamLab, count: Int) async throws -> [NumberedDatagrams] {
      let pairs = zip(lab.hosts(at: .a), lab.hosts(at: .b)).flatMap { [($0, $1), ($1, $0)] }
      return try await withThrowingTaskGroup { group in
        for (from, to) in pairs {
          group.addTask {
            try await NumberedDatagrams.send(
              .init(flows: 32, count: count, rate: 20_000, size: 300), in: lab.lab, from: from, to: to, sender: onOneCPU
            )
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }

    /// Both kinds of network, every mode: each frame arrives once, and in the order of its flow. The gap is larger than the
    /// links' skew, as it must be: two switches on the same two CPUs are late by as long as the host takes one away.
    @Test(arguments: [
      (true, "mode: dynamic, gap: 1s"), (false, "mode: dynamic, gap: 1s"), (true, "mode: address-hash"),
      (false, "mode: hyperv-port"),
    ])
    func everyFrameArrivesOnce(isShared: Bool, keys: String) async throws {
      try await withTeams(.init(name: "team", hosts: 2, isShared: isShared, teamKeys: keys)) { lab in
        let (a, b) = (lab.hosts(at: .a).lowerBound, lab.hosts(at: .b).lowerBound)
        for _ in 0..<3 {
          for side in TeamLab.Side.allCases {
            for host in lab.hosts(at: side) { try await lab.lab.run(in: host, "ip", "neighbour", "flush", "all") }
          }
          #expect(try await lab.lab.pings(from: a, to: lab.lab.spec.address(of: b), count: 20))
        }
        try await expectGroupFramesArriveOnce(lab)
        for received in try await sendNumbered(lab, count: 20_000) {
          #expect(received.isOrderly, "\(received)")
          #expect(received.received > received.expected / 2)
        }
        // Both links carried something.
        let used = try await teams(lab, .a).members.map(\.frames)
        #expect(used.allSatisfy { $0 > 100 }, "\(used)")
        #expect(try await teams(lab, .a).members.allSatisfy { $0.sharesNetworkWith.isEmpty != isShared })
      }
    }

    /// Broadcasts and frames for nobody known, recorded at both hosts of the other side and at the sender's neighbour.
    private func expectGroupFramesArriveOnce(_ lab: TeamLab) async throws {
      let (from, others) = (1, [2, 3, 4])
      let frames: [[UInt8]] = (UInt8(0)..<20).map { mark in
        let destination: MACAddress = mark % 2 == 0 ? .broadcast : station(200)
        return plainFrame(to: destination, from: station(10 + mark), mark)
      }
      let expecting = Dictionary(uniqueKeysWithValues: others.map { ($0, frames.count) })
      let recorded = try await lab.lab.record(at: others + [from], expecting: expecting) {
        try await lab.lab.send(frames, from: from)
      }
      for host in others {
        #expect(Set(recorded[host]!.map(\.bytes)) == Set(frames), "host \(host)")
      }
    }

    private func teams(_ lab: TeamLab, _ side: TeamLab.Side) async throws -> TeamStatus {
      try await ControlClient(path: lab.socket(side)).get(TeamsDocument.self).teams[0]
    }

    /// Links fail and come back under load, one after the other: a connection that was open stays so.
    @Test(arguments: [true, false]) func aConnectionSurvivesAFailingLink(isShared: Bool) async throws {
      try await withTeams(.init(name: "failover", hosts: 1, isShared: isShared)) { lab in
        let server = try lab.lab.spawn(in: 2, ["iperf3", "-s", "-1"])
        try await Task.sleep(for: .milliseconds(300))
        let client = try lab.lab.spawn(
          in: 1, ["iperf3", "-c", lab.lab.spec.address(of: 2), "-t", "5", "-P", "4", "-b", "50M", "-J"])
        try await Task.sleep(for: .seconds(1))
        for link in [1, 2] {
          // On one network the far end keeps its carrier.
          if isShared { try await lab.setLink(link, up: false, at: .a) } else { try await lab.setLink(link, up: false) }
          let down = try await lab.lab.eventually {
            try await teams(lab, .a).members.map(\.state) == (link == 1 ? [.down, .live] : [.live, .down])
          }
          #expect(down)
          try await Task.sleep(for: .milliseconds(300))
          try await lab.setLink(link, up: true)
          try await lab.waitUntilLive(members: 2)
        }
        _ = await client.ends(within: .seconds(20))
        #expect(client.exitCode == 0, "\(client.output.suffix(500))")
        server.signal(SIGKILL)
        #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 2)))
        for member in try await teams(lab, .a).members { #expect(member.frames > 1000) }
        let log = lab.log(.a)
        #expect(log.contains("team t0: up1 is down") && log.contains("team t0: up2 is in use"))
      }
    }

    /// Each port's queue is served by the workers of the member that has its address, and by no others.
    @Test func queuesStayOnTheProcessorsOfTheirMember() async throws {
      let spec = TeamLab.Spec(
        name: "sets", hosts: 2, isShared: true, switchLines: ["workers: [0, 1, 0, 1]", "steering: vmq+vrss"],
        uplinkKeys: ["processors: [1]", "processors: [0]"])
      try await withTeams(spec) { lab in
        let team = try await teams(lab, .a)
        #expect(team.queues == "sum" && team.queueCount == 2)
        let queues = try await ControlClient(path: lab.socket(.a)).get(QueuesDocument.self).queues
        for member in team.members {
          #expect(member.ports.count == 1)
          let queue = queues.first { $0.port == member.ports.first }
          #expect(queue?.workers == (member.processors == [1] ? [1, 3] : [0, 2]))
          // No entry is forced out of them.
          let (inside, outside) = member.processors == [1] ? (3, 2) : (2, 3)
          let client = ControlClient(path: lab.socket(.a))
          let (port, all) = (member.ports[0], try IndirectionEntries(parsing: "0-7"))
          _ = try await client.moveEntries(port: port, entries: all, to: inside)
          let refusal = await #expect(throws: ControlError.self) {
            try await client.moveEntries(port: port, entries: all, to: outside)
          }
          #expect(refusal?.message.contains("choose one of them") == true)
        }
        #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 3)))
        #expect(try await lab.lab.pings(from: 2, to: lab.lab.spec.address(of: 4)))
      }
    }

    /// Rules of a port behind a team, for what comes by either member and for what leaves by it.
    @Test func rulesHoldForWhatATeamCarries() async throws {
      try await withTeams(.init(name: "teamrules", hosts: 2, isShared: false, teamKeys: "mode: dynamic")) { lab in
        let client = ControlClient(path: lab.socket(.a))
        let ports = try await teams(lab, .a).members.flatMap(\.ports).sorted()
        #expect(ports.count == 2)
        for direction in ["in", "out"] {
          let rule = "{action: deny, direction: \(direction), remote: \(lab.lab.spec.address(of: 3))}"
          #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 3)))
          for port in ports { try await client.addRules(port: port, yaml: rule) }
          for host in [1, 2] {
            let isBlocked = try await !lab.lab.pings(from: host, to: lab.lab.spec.address(of: 3), count: 2)
            #expect(isBlocked, "\(direction)")
            #expect(try await lab.lab.pings(from: host, to: lab.lab.spec.address(of: 4)))
          }
          let drops = try await client.get(DropsDocument.self).drops.filter { $0.rule != nil }
          #expect(drops.compactMap(\.port).sorted() == ports && drops.allSatisfy { $0.frames >= 2 }, "\(drops)")
          for port in ports { try await client.removeRules(port: port, yaml: rule) }
        }
        #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 3)))
      }
    }

    /// A flow of 10,000 datagrams a second goes on by the other link when its own fails. From before the carrier is taken
    /// away until the other device has sent twenty more frames: the kernel's event lies in between.
    @Test(arguments: [true, false]) func aFlowGoesOnByTheOtherLink(isShared: Bool) async throws {
      try await withTeams(.init(name: "gap", hosts: 1, isShared: isShared, teamKeys: "mode: address-hash")) { lab in
        let traffic = try BuiltProgram.path("traffic")
        let receiver = try lab.lab.spawn(in: 2, [traffic, "number", "receive"])
        try await receiver.prints("ready")
        let sender = try lab.lab.spawn(
          in: 1,
          [
            traffic, "number", "send", "--destination", lab.lab.spec.address(of: 2), "--flows", "1", "--count", "30000",
            "--rate", "10000", "--size", "300",
          ])
        try await Task.sleep(for: .milliseconds(500))
        let first = try await sent(lab)
        try await Task.sleep(for: .milliseconds(200))
        let own = zip(try await sent(lab), first).map { $0 - $1 }
        let link = own[0] > own[1] ? 1 : 2
        #expect(own.max()! > 1000 && own.min()! < 20, "\(own)")
        let before = try await sent(lab)[2 - link]
        let begin = ContinuousClock.now
        try await lab.setLink(link, up: false, at: .a)
        let command = ContinuousClock.now - begin
        var isOver = false
        while !isOver && ContinuousClock.now - begin < .seconds(2) {
          isOver = try await sent(lab)[2 - link] >= before + 20
        }
        let gap = ContinuousClock.now - begin
        #expect(isOver)
        if isAcceptance {
          print(
            "failover, \(isShared ? "one network" : "two networks"): \(gap / .milliseconds(1)) ms,",
            "of them \(command / .milliseconds(1)) ms for the command")
        }
        _ = await sender.ends(within: .seconds(10))
        _ = await receiver.ends(within: .seconds(10))
      }
    }

    /// Frames that each member's device of side A has sent.
    private func sent(_ lab: TeamLab) async throws -> [Int] {
      let text = try await lab.lab.run(
        in: 0, "cat", "/sys/class/net/upa1/statistics/tx_packets", "/sys/class/net/upa2/statistics/tx_packets")
      return text.split(whereSeparator: \.isNewline).compactMap { Int($0) }
    }

    @Test func aMemberCannotBeRemovedAndATeamHasItsAddresses() async throws {
      try await withTeams(.init(name: "member", hosts: 1, isShared: true)) { lab in
        #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 2)))
        let client = ControlClient(path: lab.socket(.a))
        let entries = try await client.get(FDBDocument.self).fdb
        #expect(entries.first { $0.mac.description == lab.lab.spec.mac(of: 2) }?.port == "t0")
        await #expect(throws: ControlError.self) { try await client.removePort(name: "up1") }
        // A device that goes takes its member with it, and brings it back.
        try await lab.lab.run(in: 0, "ip", "link", "del", "upa1")
        let lost = try await lab.lab.eventually { try await teams(lab, .a).members[0].state == .down }
        #expect(lost)
        #expect(try await lab.lab.pings(from: 1, to: lab.lab.spec.address(of: 2)))
      }
    }
  }
}
