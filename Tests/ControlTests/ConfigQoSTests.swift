import Control
import Dataplane
import Testing
import Units
import Wire

/// What the configuration says of bandwidth.
@Suite struct ConfigQoSTests {
  static let example = """
    switch: {workers: [0], liveMigrationLimit: 4Gbit, defaultFlowWeight: 5}
    classes:
      - {name: lm, match: {builtin: live-migration}, weight: 30, maximum: 5Gbit, setDscp: 10, setPriority: 3}
      - {name: voice, match: {dscp: 46}, reserve: 50Mbit}
      - {name: db, match: {protocol: tcp, remote: 10.3.0.0/16, remotePort: 5432}, weight: 20}
    uplinks:
      - {name: up0, netdev: eth1, rate: 10Gbit, ets: [{priorities: [0, 1, 2], share: 40%}, {priorities: [3], share: 60%}, {priorities: [7], strict: true}]}
    ports:
      - {name: vm1, netdev: tap1, qos: {weight: 20, maximum: 2Gbit, burst: 256KiB, trustPriority: off, stormLimit: 1000fps}}
      - {name: vm2, netdev: tap2, qos: {maximum: {in: 1Gbit, out: 500Mbit}}, classes: [{name: own, match: {localPort: 80-81}}]}
    """

  @Test func theWholeOfItIsRead() throws {
    let read = try config(Self.example)
    #expect(read.bandwidth.liveMigrationLimit == BitRate(bitsPerSecond: 4_000_000_000))
    #expect(read.bandwidth.defaultFlowWeight == 5)
    let classes = read.bandwidth.classes
    #expect(classes.map(\.name) == ["lm", "voice", "db"])
    #expect(classes[0].match == ClassMatch.Builtin.liveMigration.match)
    #expect(classes[0].weight == 30 && classes[0].setDscp == 10 && classes[0].setPriority == 3)
    #expect(classes[1].match.dscp == 1 << 46 && classes[1].reserve == BitRate(bitsPerSecond: 50_000_000))
    #expect(classes[2].match.protocols == [6] && classes[2].match.remotePorts == 5432...5432)
    #expect(classes[2].match.remote == IPPrefix(IPAddress("10.3.0.0")!, length: 16))
    #expect(read.uplinks[0].ets.map(\.priorities) == [[0, 1, 2], [3], [7]])
    #expect(read.uplinks[0].ets.map { $0.share?.fraction } == [0.4, 0.6, nil])
    let qos = read.ports[0].qos
    #expect(qos.weight == 20 && qos.burst == Bytes(256 << 10) && !qos.trustsPriority && qos.stormLimit == 1000)
    #expect(qos.maximumOut == BitRate(bitsPerSecond: 2_000_000_000) && qos.maximumIn == nil)
    #expect(read.ports[1].qos.maximumIn == BitRate(bitsPerSecond: 1_000_000_000))
    #expect(read.ports[1].qos.maximumOut == BitRate(bitsPerSecond: 500_000_000))
    #expect(read.ports[1].classes[0].match.localPorts == 80...81)
  }

  @Test func nothingIsManagedUnlessItIsAskedFor() throws {
    #expect(try config(Self.example).isManaged)
    #expect(try !config("switch: {workers: [0]}\nports: [{name: vm1, netdev: tap1, rate: 1Gbit}]").isManaged)
  }

  @Test func aPortsClassesShareItsMaximum() throws {
    let port = "{name: vm1, netdev: tap1, qos: {maximum: 1Gbit}, classes: [{name: a, match: {dscp: 46}, weight: 50}]}"
    #expect(try config("switch: {workers: [0]}\nports: [\(port)]").ports[0].classes[0].weight == 50)
  }

  @Test func whatIsNotNamedStaysAndNullTakesAway() throws {
    let read = try config(Self.example)
    let heavier = try read.changedPort("vm1", yaml: "qos: {weight: 30}")
    #expect(heavier.qos.weight == 30 && heavier.qos.maximumOut == read.ports[0].qos.maximumOut)
    let free = try read.changedPort("vm1", yaml: "qos: {maximum: null, burst: null, weight: null}")
    #expect(free.qos.maximumOut == nil && free.qos.weight == nil && free.qos.stormLimit == 1000)
    #expect(try read.changedPort("vm1", yaml: "qos: null").qos == QoSConfig())
  }

  private static func port(_ behaviour: String, _ words: String..., qos: String, settings: String = "") -> Refusal {
    Refusal(
      behaviour, line: 3, words: words,
      yaml: """
        switch: {workers: [0]\(settings)}
        uplinks: [{name: up0, netdev: eth1, rate: 1Gbit}]
        ports: [{name: vm1, netdev: tap1, qos: {\(qos)}}]
        """)
  }

  @Test(arguments: [
    port("a weight of 0", "weight: '0' is not a whole number of 1 to 100", qos: "weight: 0"),
    port("a weight of 101", "weight: '101' is not a whole number of 1 to 100", qos: "weight: 101"),
    port(
      "a weight in absolute mode", "weight is for minimumBandwidth: weight", "write e.g. reserve: 500Mbit",
      qos: "weight: 20", settings: ", minimumBandwidth: absolute"),
    port(
      "a reserve in weight mode", "reserve is for minimumBandwidth: absolute", "write e.g. weight: 20",
      qos: "reserve: 1Mbit"),
    port(
      "a weight where there are no minimums", "this switch's is none", qos: "weight: 20",
      settings: ", minimumBandwidth: none"),
    port("a rate in mb", "'100mb' is not a rate", "100Mbit", qos: "maximum: 100mb"),
    port("a bare rate", "'100' is a bare number", qos: "maximum: 100"),
    port(
      "a cap below one frame a second", "10kbit is less than one frame a second", "12.112kbit", qos: "maximum: 10kbit"),
    port("a burst alone", "burst is given without maximum", qos: "burst: 64KiB"),
    port("a bare storm limit", "'1000' is not a number of frames a second", "1000fps", qos: "stormLimit: 1000"),
    port("both minimums", "weight and reserve are both given", qos: "weight: 1, reserve: 1Mbit"),
    port(
      "reserves over the link", "reserves are 1.1Gbit together", "100Mbit of it for ports without",
      "uplink up0's 1Gbit", qos: "reserve: 1Gbit", settings: ", minimumBandwidth: absolute"),
    port("a maximum of nothing", "qos: maximum: it names neither in nor out", qos: "maximum: {}"),
    port("an unknown key", "unknown key 'wieght'", "did you mean 'weight'?", qos: "wieght: 3"),
  ]) func aPortsQoSIsRefused(_ refusal: Refusal) { refusal.expect() }

  @Test(arguments: [
    Refusal(
      "a minimum without a rate to share", line: 2, "no uplink or port names one", "rate: 10Gbit",
      yaml: "switch: {workers: [0]}\nports: [{name: vm1, netdev: tap1, qos: {weight: 5}}]"),
    Refusal(
      "a default reserve over the link", line: 2, "defaultFlowReserve: 2Gbit is more than its 1Gbit",
      yaml: "switch: {workers: [0], minimumBandwidth: absolute, defaultFlowReserve: 2Gbit}\n"
        + "uplinks: [{name: up0, netdev: eth1, rate: 1Gbit}]\nports: [{name: vm1, netdev: tap1, qos: {maximum: 1Mbit}}]"
    ),
    Refusal(
      "a class's minimum without a rate to share", line: 2,
      "class a: a minimum shares a link's rate or a port's maximum", "rate: 10Gbit",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {dscp: 1}, reserve: 1Mbit}]"),
    Refusal(
      "a class's name that would break tables", line: 2, "'a b' is not a class's name",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a b, match: {dscp: 1}}]"),
    Refusal(
      "a builtin with a port beside it", line: 2, "remotePort: builtin: live-migration has its own protocol and port",
      "remove remotePort or builtin",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {builtin: live-migration, remotePort: 7000}}]"),
    Refusal(
      "a port of a protocol without ports", line: 2, "remotePort: only TCP and UDP have ports",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {protocol: icmp, remotePort: 80}}]"),
    Refusal(
      "ends of two IP versions", line: 2, "are not of one IP version",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {local: 10.0.0.0/8, remote: 'fd00::/8'}}]"),
    Refusal(
      "an ETS group of no priority", line: 2, "priorities: the list is empty",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: u, netdev: e, rate: 1Gbit, ets: [{priorities: [], share: 100%}]}]"
    ),
    Refusal(
      "a class without a match", line: 2, "'match' is missing", yaml: "switch: {workers: [0]}\nclasses: [{name: a}]"),
    Refusal(
      "a match of nothing", line: 2, "names nothing to match",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {}}]"),
    Refusal(
      "an unknown builtin", line: 2, "'smbd' is none of", "builtin: smb",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {builtin: smbd}}]"),
    Refusal(
      "a class named twice", line: 4, "class a: the name is taken",
      yaml: "switch: {workers: [0]}\nclasses:\n- {name: a, match: {dscp: 1}}\n- {name: a, match: {dscp: 2}}"),
    Refusal(
      "a port's class named as one of the switch's", line: 4, "port p: class a: the name is taken",
      yaml: """
        switch: {workers: [0]}
        classes: [{name: a, match: {dscp: 1}}]
        ports:
        - {name: p, netdev: e, classes: [{name: a, match: {dscp: 2}}]}
        """),
    Refusal(
      "a DSCP that is none", line: 2, "dscp: '64'",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {dscp: 64}}]"),
    Refusal(
      "a prefix that is none", line: 2, "'10.3/16' is not an IP address",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {remote: 10.3/16}}]"),
    Refusal(
      "a prefix with bits behind it", line: 2, "10.3.1.0/16 has bits set behind its first 16",
      "the network is 10.3.0.0/16",
      yaml: "switch: {workers: [0]}\nclasses: [{name: a, match: {remote: 10.3.1.0/16}}]"),
    Refusal(
      "ETS without a rate", line: 2, "the link's rate is not given",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: u, netdev: e, ets: [{priorities: [0], strict: true}]}]"),
    Refusal(
      "ETS shares of less than all", line: 2, "the shares are 90% together",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: u, netdev: e, rate: 1Gbit, ets: [{priorities: [0], share: 90%}]}]"
    ),
    Refusal(
      "a priority in two groups", line: 2, "priority 3 is in two groups",
      yaml: """
        switch: {workers: [0]}
        uplinks: [{name: u, netdev: e, rate: 1Gbit, ets: [{priorities: [3], share: 100%}, {priorities: [3], strict: true}]}]
        """),
    Refusal(
      "a default reserve in weight mode", line: 1, "defaultFlowReserve", "is for minimumBandwidth: absolute",
      yaml: "switch: {workers: [0], defaultFlowReserve: 1Mbit}"),
  ]) func whatTheSwitchSaysIsRefused(_ refusal: Refusal) { refusal.expect() }
}
