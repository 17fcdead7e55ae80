import Control
import Dataplane
import Testing
import Units

@Suite("Teams are read, or refused with line, fault and fix")
struct ConfigTeamTests {
  private static let uplinks = """
    switch: {workers: [0]}
    uplinks: [{name: up1, netdev: eth1}, {name: up2, netdev: eth2}, {name: up3, netdev: eth3, vlan: {access: 5}}]
    ports: [{name: vm1, netdev: tap1}]

    """

  @Test("What is left out has its default")
  func defaults() throws {
    let teams = try config(
      Self.uplinks + "teams: [{name: t0, members: [up1, up2]}]\n"
    ).teams
    #expect(teams == [TeamConfig(name: "t0", members: ["up1", "up2"], mode: .dynamic, gap: .microseconds(500))])
  }

  @Test("Every key")
  func everyKey() throws {
    let read = try config(Self.uplinks + "teams: [{name: t0, members: [up2, up1], mode: dynamic, gap: 2ms}]\n")
    #expect(read.teams == [TeamConfig(name: "t0", members: ["up2", "up1"], gap: .milliseconds(2))])
    #expect(read.team(of: "up1")?.name == "t0")
    #expect(read.team(of: "up3") == nil)
    for mode in ["address-hash", "hyperv-port"] {
      #expect(
        try config(Self.uplinks + "teams: [{name: t0, members: [up2, up1], mode: \(mode)}]\n").teams[0].mode.rawValue
          == mode)
    }
  }

  @Test("A static address may name a team")
  func staticAddress() throws {
    let text = Self.uplinks.replacing(
      "{workers: [0]}", with: "{workers: [0], fdb: {static: [{mac: 02:00:00:00:09:09, vlan: 7, port: t0}]}}")
    #expect(try config(text + "teams: [{name: t0, members: [up1, up2]}]\n").fdb.statics[0].port == "t0")
  }

  private static func refusal(_ behaviour: String, _ words: String..., team: String) -> Refusal {
    Refusal(behaviour, line: 4, words: words, yaml: uplinks + "teams: [\(team)]\n")
  }

  @Test(arguments: [
    refusal(
      "LACP", "lacp needs physical switches", "mode: dynamic", team: "{name: t0, members: [up1, up2], mode: lacp}"),
    refusal("802.3ad", "802.3ad needs", team: "{name: t0, members: [up1, up2], mode: 802.3ad}"),
    refusal(
      "another mode", "'dynamc' is none of", "mode: dynamic", team: "{name: t0, members: [up1, up2], mode: dynamc}"),
    refusal("one member", "team t0", "1 member", "2 to 32", team: "{name: t0, members: [up1]}"),
    refusal("no members", "'members' is missing", team: "{name: t0}"),
    refusal("a member that is a port", "vm1 is a port", team: "{name: t0, members: [up1, vm1]}"),
    refusal(
      "a member that is nothing", "no uplink 'upp1'", "did you mean 'up1'", team: "{name: t0, members: [upp1, up2]}"),
    refusal("a member twice", "up1 is written twice", team: "{name: t0, members: [up1, up1]}"),
    refusal(
      "a member of two teams", "team t1: up2 is a member of team t0",
      team: "{name: t0, members: [up1, up2]}, {name: t1, members: [up2, up3]}"),
    refusal("a port's name", "'vm1' is taken by port vm1", team: "{name: vm1, members: [up1, up2]}"),
    refusal(
      "a gap without flowlets", "is for mode: dynamic",
      team: "{name: t0, members: [up1, up2], mode: hyperv-port, gap: 1ms}"),
    refusal("a gap that is too short", "1us is less than", team: "{name: t0, members: [up1, up2], gap: 1us}"),
    refusal("a gap without unit", "gap", "500", team: "{name: t0, members: [up1, up2], gap: 500}"),
    refusal("an unknown key", "unknown key 'member'", "did you mean 'members'", team: "{name: t0, member: [up1, up2]}"),
  ])
  func refused(_ refusal: Refusal) { refusal.expect() }

  /// Six workers' CPUs are 0 to 3; members' sets in the order of up1, up2.
  private static func sets(_ first: String?, _ second: String?, team: String = "") -> String {
    let members = zip(["up1", "up2"], [first, second]).enumerated().map { place, member in
      "  - {name: \(member.0), netdev: eth\(place)\(member.1.map { ", processors: \($0)" } ?? "")}"
    }
    return """
      switch: {workers: [0, 1, 2, 3, 0, 1]}
      uplinks:
      \(members.joined(separator: "\n"))
      teams:
        - {name: t0, members: [up1, up2]\(team)}

      """
  }

  @Test("Processor sets that do not overlap are right for sum-queues, identical ones for min-queues")
  func processorSets() throws {
    let sum = try config(Self.sets("[0, 2]", "[1, 3]"))
    #expect(sum.teams[0].queues == .sum && sum.uplinks.map(\.processors) == [[0, 2], [1, 3]])
    #expect(try config(Self.sets("[2, 0]", "[0, 2]", team: ", queues: min")).teams[0].queues == .min)
    #expect(try config(Self.sets("[1]", "[1]", team: ", mode: address-hash")).teams[0].queues == .min)
    #expect(try config(Self.sets(nil, nil)).teams[0].queues == .sum)
  }

  @Test(arguments: [
    Refusal(
      "sets that overlap", line: 6, "team t0: the processor sets of its members overlap, which sum-queues forbids",
      "CPU 1 is in those of up1 and up2", "up1: processors: [0, 1], up2: processors: [2, 3]",
      yaml: sets("[0, 1]", "[1, 2]")),
    Refusal(
      "a set of all workers beside another", line: 6, "overlap", "CPU 0 is in those of up1 and up2",
      yaml: sets("[0, 1]", nil)),
    Refusal(
      "sets that differ", line: 6, "not identical, which min-queues needs", "processors: [0, 1, 2, 3]",
      yaml: sets("[0, 1]", "[2, 3]", team: ", queues: min")),
    Refusal("a CPU without a worker", line: 3, "CPU 7 has no worker", "0, 1, 2, 3", yaml: sets("[7]", "[0]")),
    Refusal("no CPU", line: 3, "must be numbers of CPUs", yaml: sets("[]", "[0]")),
    Refusal(
      "sum-queues of a hash", line: 6, "address-hash has each port's queue on every member", "queues: min",
      yaml: sets("[0]", "[1]", team: ", mode: address-hash, queues: sum")),
    Refusal(
      "too few CPUs", line: 3, "need workers on 2 CPUs or more",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: a, netdev: b, processors: [0]}, {name: c, netdev: d}]\n"
        + "teams: [{name: t0, members: [a, c]}]\n"),
    Refusal(
      "an uplink of no team", line: 2, "a member of no team",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: a, netdev: b, processors: [0]}]\n"),
  ])
  func processorSetsRefused(_ refusal: Refusal) { refusal.expect() }

  @Test("Members carry the same VLANs")
  func differentVLANs() {
    let errors = configErrors(Self.uplinks + "teams: [{name: t0, members: [up1, up3]}]\n")
    #expect(errors.map(\.line) == [2] && errors[0].description.contains("uplink up3: its VLANs are not those of up1"))
  }

  @Test("A static address does not name a member")
  func staticAddressAtAMember() {
    let text = Self.uplinks.replacing(
      "{workers: [0]}", with: "{workers: [0], fdb: {static: [{mac: 02:00:00:00:09:09, vlan: 7, port: up1}]}}")
    let errors = configErrors(text + "teams: [{name: t0, members: [up1, up2]}]\n")
    #expect(errors.count == 1 && errors[0].description.contains("up1 is a member of team t0; write port: t0"))
  }
}
