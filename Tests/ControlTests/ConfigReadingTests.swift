import Control
import Dataplane
import Steering
import Testing
import Units

@Suite("A valid configuration says what its text says")
struct ConfigReadingTests {
  @Test("Every key")
  func everyKey() throws {
    let yaml = """
      switch:
        workers: [2, 3, 3, 2]          # CPUs may repeat
        polling: interrupt
        scheduling: realtime
        emulatedShare: 12.5%
        steering: vmq
        queues: 16
        arena: 32MiB
        rebalance: {upper: 80%, lower: 50%, window: 2s, minimumGain: 10%, minimumInterval: 5s, dryRun: true}
        fdb:
          addresses: 1048576
          ageing: 5min
          static: [{mac: 02:00:00:00:09:09, vlan: 12, port: vm1}]
      uplinks:
        - {name: up0, netdev: eth1, rate: 2.5Gbit, overhead: 24B, steering: rss, mtu: 9000, adopt: true}
      ports:
        - name: vm1
          netdev: tap1
          mac: 02:00:00:00:01:01
          ingress: native
          vlan: {trunk: [10, 12-14], native: 1}
          queue: {weight: 0}
          vrss: {mode: static, maximumWorkers: 4, excludeHome: true}
          rate: 500Mbit
          mtu: 1400
        - {name: vm2, netdev: tap2, vlan: {access: 10}, vrss: off, ingress: super, steering: single}
        - name: mgmt
          host: {name: mgmt0, addresses: [10.0.0.1/24, 'fd00::1/64'], mac: 02:00:00:00:01:03, mtu: 9000}
      """
    var policy = RebalancePolicy()
    policy.upper = Share(fraction: 0.8)
    policy.lower = Share(fraction: 0.5)
    policy.window = .seconds(2)
    policy.minimumGain = Share(fraction: 0.1)
    policy.minimumInterval = .seconds(5)
    policy.dryRun = true
    var expected = SwitchConfig(
      workers: [2, 3, 3, 2], polling: .interrupt, emulatedShare: Share(fraction: 0.125), steering: .vmq, queues: 16,
      arena: Bytes(32 << 20),
      fdb: FDBConfig(
        addresses: 1_048_576, ageing: .seconds(300),
        statics: [.init(mac: MACAddress(value: 0x0200_0000_0909), vlan: 12, port: "vm1")]),
      rebalance: policy,
      uplinks: [
        PortConfig(
          name: "up0", role: .uplink, device: .netdev("eth1"), mtu: 9000, adopt: true, steering: .rss,
          rate: BitRate(bitsPerSecond: 2_500_000_000), overhead: Bytes(24))
      ],
      ports: [
        PortConfig(
          name: "vm1", device: .netdev("tap1"), mac: MACAddress(value: 0x0200_0000_0101), mtu: 1400, ingress: .native,
          vlan: .trunk(tagged: [10, 12, 13, 14], native: 1), queueWeight: 0,
          vrss: .init(mode: .static, maximumWorkers: 4, excludeHome: true), rate: BitRate(bitsPerSecond: 500_000_000)),
        PortConfig(
          name: "vm2", device: .netdev("tap2"), ingress: .super, vlan: .access(10), vrss: nil, steering: .single),
        PortConfig(
          name: "mgmt",
          device: .host(
            name: "mgmt0",
            addresses: [
              try InterfaceAddress(parsing: "10.0.0.1/24"), try InterfaceAddress(parsing: "fd00::1/64"),
            ]), mac: MACAddress(value: 0x0200_0000_0103), mtu: 9000),
      ])
    expected.scheduling = .realtime
    #expect(try config(yaml) == expected)
  }

  @Test("A tap that the switch makes for a VM")
  func tap() throws {
    let read = try config("switch: {workers: [0]}\nports: [{name: vm1, tap: tap7}]")
    #expect(read.ports == [PortConfig(name: "vm1", device: .tap("tap7"))])
  }

  @Test("Sources and destinations of mirroring")
  func mirroring() throws {
    let read = try config(
      """
      switch: {workers: [0]}
      uplinks: [{name: up0, netdev: eth1, mirror: source}]
      ports:
        - {name: vm1, netdev: tap1, vlan: {access: 10}, mirror: source}
        - {name: vm2, netdev: tap2, mirror: none}
        - {name: ids, netdev: tap3, vlan: {trunk: [10, 20], native: 1}, mirror: destination}
      """)
    #expect(read.allPorts.map(\.mirroring) == [.source, .source, .none, .destination])
    // Set one after the other, on a switch that runs.
    #expect(try read.changedPort("ids", yaml: "mirror: none").mirroring == .none)
    #expect(try read.changedPort("vm2", yaml: "mirror: source").mirroring == .source)
  }

  @Test("Left out, a key has its default")
  func defaults() throws {
    let switchConfig = try config(
      "switch: {workers: [0]}\nuplinks: [{name: u, netdev: eth1}]\nports: [{name: p, netdev: tap1}]")
    #expect(switchConfig.polling == .adaptive)
    #expect(switchConfig.emulatedShare == nil)
    #expect(switchConfig.steering == .vmqVRSS)
    #expect(switchConfig.fdb == FDBConfig(addresses: 16384, ageing: .seconds(300), statics: []))
    #expect(switchConfig.rebalance == RebalancePolicy())
    let port = try #require(switchConfig.port(named: "p"))
    #expect(port.vlan == .untagged)
    #expect(port.ingress == .auto)
    #expect(port.adopt == false)
    #expect(port.mirroring == .none)
    #expect(port.queueWeight == 100)
    #expect(port.vrss == PortConfig.VRSS(mode: .dynamic, maximumWorkers: nil, excludeHome: false))
    #expect(switchConfig.steering(of: port) == .vmqVRSS)
    let uplink = try #require(switchConfig.port(named: "u"))
    #expect(uplink.vlan.carries(0) && uplink.vlan.carries(1) && uplink.vlan.carries(4094))
    #expect(uplink.queueWeight == 0)
    #expect(uplink.rate == nil)
  }

  @Test("A port's own steering goes before the switch's")
  func ownSteering() throws {
    let switchConfig = try config("switch: {workers: [0], steering: vmq}\nports: [{name: p, netdev: t, steering: rss}]")
    #expect(switchConfig.steering(of: switchConfig.ports[0]) == .rss)
  }

  @Test("Rebalancing can be off")
  func rebalanceOff() throws {
    #expect(try config("switch: {workers: [0], rebalance: off}").rebalance == nil)
  }

  @Test("Lists without a value are empty", arguments: ["", "[]", "~"])
  func emptyLists(_ value: String) throws {
    #expect(try config("switch: {workers: [0]}\nports: \(value)\nuplinks: \(value)").allPorts.isEmpty)
  }

  @Test("The same settings on other lines are the same configuration")
  func placesDoNotCount() throws {
    let a = try config("switch: {workers: [0]}\nports: [{name: p, netdev: t}]")
    let b = try config("ports:\n\n- netdev: t\n  name: p\n\nswitch:\n  workers: [0]\n")
    #expect(a == b)
    #expect(a.ports[0].place.line(of: "netdev") == 2)
    #expect(b.ports[0].place.line(of: "netdev") == 3)
  }

  @Test("Windows line ends and a byte order mark are taken")
  func otherEditors() throws {
    #expect(try config("\u{FEFF}switch:\r\n  workers: [0]\r\n").workers == [0])
  }

  @Test("Anchors and aliases are taken")
  func aliases() throws {
    let yaml = """
      switch: {workers: [0, 1]}
      ports:
        - {name: a, netdev: t1, vrss: &one {maximumWorkers: 1}}
        - {name: b, netdev: t2, vrss: *one}
      """
    #expect(try config(yaml).ports.map(\.vrss?.maximumWorkers) == [1, 1])
  }

  @Test(
    "An address is written as the kernel writes it",
    arguments: [("10.0.0.1/8", "10.0.0.1/8"), ("FD00:0:0::1/64", "fd00::1/64")])
  func addressText(_ written: String, _ shown: String) throws {
    #expect(try InterfaceAddress(parsing: written).description == shown)
  }

  @Test("A summary counts workers and ports")
  func summary() throws {
    let switchConfig = try config("switch: {workers: [0, 1], emulatedShare: 15%}\nports: [{name: p, netdev: t}]")
    #expect(
      switchConfig.summary
        == "2 workers on CPUs 0, 1, emulated at 15% each; steering vmq+vrss; 0 uplinks, 1 port")
  }
}
