import Control
import Testing
import Units

@Suite("One port, as it comes with a request")
struct ConfigPortFragmentTests {
  private let base: SwitchConfig

  init() throws {
    base = try config(
      """
      switch: {workers: [0, 1], fdb: {static: [{mac: 02:00:00:00:01:01, vlan: 10, port: vm1}]}}
      uplinks: [{name: up0, netdev: eth1}]
      ports:
        - {name: vm1, netdev: tap1, mac: 02:00:00:00:01:01, vlan: {access: 10}, rate: 1Gbit}
        - {name: vm2, netdev: tap2, mac: 02:00:00:00:01:02}
        - {name: mgmt, host: {name: mgmt0}}
      """)
  }

  @Test("A new port has the keys of the file")
  func newPort() throws {
    let port = try base.newPort(yaml: "{name: vm3, netdev: tap3, vlan: {access: 20}}")
    #expect(port == PortConfig(name: "vm3", device: .netdev("tap3"), vlan: .access(20)))
  }

  @Test(
    "A new port is refused beside those there are",
    arguments: [
      ("{name: vm1, netdev: tap3}", "<argument>:1: port vm1: the name 'vm1' is taken by port vm1; write another name"),
      (
        "{name: vm3, netdev: eth1}",
        "<argument>:1: port vm3: the device 'eth1' is taken by uplink up0; a device can be one port only"
      ),
      (
        "name: vm3\nnetdev: tap3\nmac: 02:00:00:00:01:02",
        "<argument>:3: port vm3: the address 02:00:00:00:01:02 is taken by port vm2; write another address"
      ),
      (
        "{name: vm3, netdev: tap3, vrss: {maximumWorkers: 3}}",
        "<argument>:1: port vm3: maximumWorkers: 3 is more than the switch's 2 workers; "
          + "write at most 2, or leave it out"
      ),
      (
        "{name: vm3, netdev: tap3, rate: 3}",
        "<argument>:1: port vm3: rate: '3' is a bare number: a rate needs its unit; write e.g. 2.5Gbit"
      ),
      ("[]", "<argument>:1: port: must be a mapping; write e.g. {name: vm1, netdev: tap1}"),
    ])
  func refusesNewPort(_ yaml: String, _ message: String) {
    let error = #expect(throws: ConfigErrors.self) { try base.newPort(yaml: yaml) }
    #expect(error?.description == message)
    #expect(error?.exitCode == .configuration)
  }

  @Test("Settings that are named change; the others stay")
  func changedPort() throws {
    let port = try base.changedPort("vm1", yaml: "{rate: 2Gbit, vrss: off}")
    var expected = try #require(base.port(named: "vm1"))
    expected.rate = BitRate(bitsPerSecond: 2_000_000_000)
    expected.vrss = nil
    #expect(port == expected)
  }

  @Test("A setting of null gets its default back; the others stay")
  func restoresDefaults() throws {
    let before = try #require(base.port(named: "vm1"))
    #expect(before.rate != nil)
    var expected = before
    expected.rate = nil
    #expect(try base.changedPort("vm1", yaml: "{rate: null}") == expected)
  }

  @Test(
    "Every setting can be given its default back",
    arguments: [
      ("vm2", "mac", "02:00:00:00:01:09"), ("vm2", "mtu", "9000"), ("vm2", "ingress", "native"),
      ("vm2", "adopt", "true"), ("vm2", "vlan", "{access: 20}"), ("vm2", "queue", "{weight: 0}"),
      ("vm2", "vrss", "off"), ("vm2", "steering", "single"), ("vm2", "rate", "1Gbit"), ("vm2", "overhead", "24B"),
      ("up0", "vlan", "{access: 20}"), ("vm2", "mirror", "destination"), ("up0", "mirror", "source"),
      ("vm2", "rsc", "off"), ("vm2", "acl", "[{action: deny, direction: in, remote: 10.0.0.0/8}]"),
    ])
  func restoresEveryDefault(_ name: String, _ key: String, _ value: String) throws {
    let port = try #require(base.port(named: name))
    var changed = base
    changed.replace(try base.changedPort(name, yaml: "{\(key): \(value)}"))
    #expect(changed.port(named: name) != port)
    let restored = try changed.changedPort(name, yaml: "{\(key): null}")
    let mac = key == "mac" ? nil : port.mac
    #expect(restored == PortConfig(name: name, role: port.role, device: port.device, mac: mac))
  }

  @Test("A changed port takes the place of the one with its name")
  func replace() throws {
    var changed = base
    changed.replace(try base.changedPort("up0", yaml: "{rate: 2Gbit}"))
    #expect(changed.uplinks[0].rate == BitRate(bitsPerSecond: 2_000_000_000))
    #expect(changed.ports == base.ports)
  }

  @Test(
    "A change is refused",
    arguments: [
      (
        "vm1", "{netdev: tap9}",
        "<argument>:1: port: netdev: cannot be changed on a port; remove the port and add it anew"
      ),
      ("vm1", "{netdev: null}", "<argument>:1: port: netdev: cannot be changed on a port"),
      ("vm1", "{rate: ~}", "<argument>:1: port: rate: '~' is not a rate"),
      ("vm1", "{vlan: null}", "switch.yaml:1: switch: fdb: static: port vm1 does not carry VLAN 10"),
      ("vm1", "{vlan: {access: 11}}", "switch.yaml:1: switch: fdb: static: port vm1 does not carry VLAN 10"),
      ("mgmt", "{adopt: true}", "is for netdev ports"),
      ("vm1", "{mac: 02:00:00:00:01:02}", "<argument>:1: port vm1: the address 02:00:00:00:01:02 is taken by port vm2"),
      ("up0", "{mac: 02:00:00:00:01:02}", "<argument>:1: uplink: unknown key 'mac'"),
    ])
  func refusesChange(_ name: String, _ yaml: String, _ words: String) {
    let error = #expect(throws: ConfigErrors.self) { try base.changedPort(name, yaml: yaml) }
    #expect(error?.description.contains(words) == true)
    #expect(error?.exitCode == .configuration)
  }

  @Test("A changed uplink must still carry what is reserved")
  func reservesOfAChangedUplink() throws {
    let reserved = try config(
      """
      switch: {workers: [0], minimumBandwidth: absolute, defaultFlowReserve: 100Mbit}
      uplinks: [{name: up0, netdev: eth1, rate: 1Gbit}]
      ports: [{name: vm1, netdev: tap1, qos: {reserve: 500Mbit}}]
      """)
    #expect(try reserved.changedPort("up0", yaml: "{rate: 600Mbit}").rate == BitRate(bitsPerSecond: 600_000_000))
    let error = #expect(throws: ConfigErrors.self) { try reserved.changedPort("up0", yaml: "{rate: 500Mbit}") }
    #expect(error?.description.contains("more than uplink up0's 500Mbit") == true)
  }

  @Test("A port that is not there cannot be changed")
  func noSuchPort() {
    let error = #expect(throws: ConfigErrors.self) { try base.changedPort("vm9", yaml: "{rate: 1Gbit}") }
    #expect(error?.exitCode == .unavailable)
  }
}
