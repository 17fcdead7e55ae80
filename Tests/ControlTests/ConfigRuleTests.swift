import Control
import Testing
import Units

@Suite("Rules of a port are read")
struct ConfigRuleTests {
  private func rules(_ text: String) throws -> [ACLRule] {
    try config("switch: {workers: [0]}\nports:\n- {name: vm1, netdev: tap1, acl: [\(text)]}").ports[0].acl
  }

  @Test(
    "a rule is told again as it was read",
    arguments: [
      ("{action: deny, direction: in, remote: 10.9.0.0/16}", ["deny in remote 10.9.0.0/16"]),
      ("{action: allow, direction: out, local: 10.0.0.5}", ["allow out local 10.0.0.5/32"]),
      ("{action: meter, direction: out, remote: 0.0.0.0/0}", ["meter out remote 0.0.0.0/0"]),
      ("{action: meter, direction: in, remote: 'fd00::/8', meter: a}", ["meter in remote fd00::/8 meter a"]),
      ("{action: deny, direction: both, remote: any}", ["deny in remote any", "deny out remote any"]),
      ("{action: allow, direction: in, remote: 02:00:00:00:01:01}", ["allow in remote 02:00:00:00:01:01"]),
      ("{action: deny, direction: in, remote: any-mac}", ["deny in remote any-mac"]),
      (
        "{weight: 10, action: allow, direction: out, protocol: tcp, remote: 10.0.0.0/8, remotePort: 443, "
          + "localPort: 1024-65535, stateful: true}",
        ["allow out weight 10 tcp remote 10.0.0.0/8 remotePort 443 localPort 1024-65535 stateful"]
      ),
      ("{weight: 1, action: deny, direction: in}", ["deny in weight 1"]),
      ("{weight: 7, action: allow, direction: in, protocol: 47, remote: any}", ["allow in weight 7 47"]),
    ])
  func reading(_ written: String, _ told: [String]) throws {
    #expect(try rules(written).map(\.description) == told)
  }

  @Test("an idle timeout is 255 s unless it is written")
  func idleTimeout() throws {
    let read = try rules(
      "{weight: 1, action: allow, direction: in, stateful: true},"
        + "{weight: 2, action: allow, direction: in, stateful: true, idleTimeout: 2min}")
    let times = read.map { rule -> Nanoseconds? in
      if case .extended(let match) = rule.match { match.idleTimeout } else { nil }
    }
    #expect(times == [.seconds(255), .seconds(120)])
  }

  @Test("an uplink has rules too")
  func uplink() throws {
    let read = try config(
      "switch: {workers: [0]}\nuplinks: [{name: up0, netdev: e1, acl: [{action: deny, direction: out, remote: any}]}]")
    #expect(read.uplinks[0].acl.count == 1)
  }

  @Test("a deny and a meter of one prefix, and equal weights of two directions, are no contradiction")
  func noContradiction() throws {
    let read = try rules(
      """
      {action: deny, direction: in, remote: any}, {action: meter, direction: in, remote: any},
      {action: deny, direction: out, remote: any}, {action: allow, direction: in, local: any},
      {weight: 1, action: deny, direction: in}, {weight: 1, action: deny, direction: out}
      """)
    #expect(read.count == 6)
  }

  private let running = """
    switch: {workers: [0]}
    ports: [{name: vm1, netdev: tap1, acl: [{weight: 5, action: deny, direction: in},
      {action: deny, direction: in, remote: 10.1.0.0/16}]}]
    """

  @Test("a running port takes rules and gives them up by what was written")
  func changes() throws {
    var switching = try config(running)
    let added = try switching.newRules(port: "vm1", yaml: "- {action: deny, direction: both, remote: 10.0.0.0/8}")
    #expect(added.map(\.description) == ["deny in remote 10.0.0.0/8", "deny out remote 10.0.0.0/8"])
    switching.ports[0].acl += added
    let named = try switching.namedRules(
      port: "vm1", yaml: "[{weight: 5, direction: in}, {action: deny, direction: out, remote: 10.0.0.0/8}]")
    #expect(named.map(\.description) == ["deny in weight 5", "deny out remote 10.0.0.0/8"])
  }

  @Test(
    "what a request says wrong is told with the request's line",
    arguments: [
      (
        "- {action: deny, direction: in, remote: any}\n- {action: deny, direction: in, remote: 10.0.0.1/8}", 2,
        "10.0.0.0/8"
      ),
      ("{weight: 5, action: allow, direction: in}", 1, "weight 5 is taken by 'deny in weight 5'"),
      ("{action: allow, direction: in, remote: 10.1.0.0/16}", 1, "is for the addresses of"),
      ("nonsense", 1, "must be a mapping"),
    ])
  func requests(_ yaml: String, _ line: Int, _ words: String) throws {
    let switching = try config(running)
    let errors = #expect(throws: ConfigErrors.self) { try switching.newRules(port: "vm1", yaml: yaml) }
    let text = errors.map { "\($0)" } ?? ""
    #expect(text.hasPrefix("<argument>:\(line): ") && text.contains(words), "\(text)")
    #expect(errors?.errors.count == 1)
  }

  @Test("a rule that is not there cannot be removed")
  func nothingToRemove() throws {
    let switching = try config(running)
    let errors = #expect(throws: ConfigErrors.self) {
      try switching.namedRules(port: "vm1", yaml: "{weight: 9, direction: out}")
    }
    let text = "<argument>:1: port vm1: acl: there is no rule 'weight 9 out'; see millrace acl list vm1"
    #expect(errors?.description == text)
  }
}
