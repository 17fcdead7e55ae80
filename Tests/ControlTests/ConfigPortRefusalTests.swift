import Control
import Testing

@Suite("A port's settings are refused with line, fault and fix")
struct ConfigPortRefusalTests {
  @Test(arguments: [
    portRefusal("no name", line: 1, "port: 'name' is missing", port: "- {netdev: tap1}"),
    portRefusal("a name with a space", line: 1, "'vm 1' is not a port's name", port: "- {name: vm 1, netdev: tap1}"),
    portRefusal(
      "a name too long", line: 1, "is not a port's name", "1 to 32",
      port: "- {name: \(String(repeating: "n", count: 33)), netdev: tap1}"),
    portRefusal(
      "the default queue's name", line: 1, "name: 'default' is the default queue's name", "write another name",
      port: "- {name: default, netdev: tap1}"),
    portRefusal("a name of null", line: 1, "'name' is missing", port: "- {name: null, netdev: tap1}"),
    portRefusal("no device", line: 1, "port vm1: it has no device", "write netdev", port: "- {name: vm1}"),
    portRefusal(
      "two devices", line: 2, "netdev or host, not both", port: "- {name: vm1, netdev: tap1,\n   host: {name: mgmt0}}"),
    portRefusal(
      "a device that is there and one to be made", line: 1, "netdev or tap, not both",
      port: "- {name: vm1, netdev: tap1, tap: tap2}"),
    portRefusal(
      "a device name too long", line: 1, "it has 16 bytes", "1 to 15", port: "- {name: vm1, netdev: abcdefghijklmnop}"),
    portRefusal(
      "a device name with a slash", line: 1, "'a/b' is not a device's name", port: "- {name: vm1, netdev: a/b}"),
    portRefusal("a port that is no mapping", line: 1, "port: must be a mapping", port: "- vm1"),
    portRefusal(
      "an unknown key", line: 3, "port vm1: unknown key 'vlna'", "did you mean 'vlan'?",
      port: "- name: vm1\n  netdev: tap1\n  vlna: {access: 10}"),
    portRefusal(
      "a MAC that is none", line: 1, "'02-00-00-00-00-01' is not a MAC address",
      port: "- {name: vm1, netdev: tap1, mac: 02-00-00-00-00-01}"),
    portRefusal(
      "a multicast MAC", line: 1, "01:00:5e:00:00:01 is a multicast address",
      port: "- {name: vm1, netdev: tap1, mac: 01:00:5e:00:00:01}"),
    portRefusal(
      "a MAC of zeros", line: 1, "is no device's address", port: "- {name: vm1, netdev: tap1, mac: 00:00:00:00:00:00}"),
    portRefusal(
      "an unknown ingress", line: 1, "'fast' is none of auto, super, native",
      port: "- {name: vm1, netdev: tap1, ingress: fast}"),
    portRefusal(
      "an adopt that is no boolean", line: 1, "'maybe' is neither true nor false",
      port: "- {name: vm1, netdev: tap1, adopt: maybe}"),
    portRefusal(
      "an MTU with a unit", line: 1, "mtu: '9000B' is not a whole number of 68 to 9198",
      port: "- {name: vm1, netdev: tap1, mtu: 9000B}"),
    portRefusal("an MTU too large", line: 1, "mtu: '9199'", port: "- {name: vm1, netdev: tap1, mtu: 9199}"),
    portRefusal(
      "a bare rate", line: 1, "rate: '100' is a bare number", "2.5Gbit",
      port: "- {name: vm1, netdev: tap1, rate: 100}"),
    portRefusal("a rate in bytes", line: 1, "'10GiB' is not a rate", port: "- {name: vm1, netdev: tap1, rate: 10GiB}"),
    portRefusal(
      "a rate of nothing", line: 1, "0Mbit is less than 1kbit", port: "- {name: vm1, netdev: tap1, rate: 0Mbit}"),
    portRefusal(
      "a bare overhead", line: 1, "overhead: '24' is a bare number", port: "- {name: vm1, netdev: tap1, overhead: 24}"),
    portRefusal(
      "an overhead too large", line: 1, "256B is more than 255B", port: "- {name: vm1, netdev: tap1, overhead: 256B}"),
    portRefusal(
      "a queue weight too large", line: 1, "weight: '101' is not a whole number of 0 to 100",
      port: "- {name: vm1, netdev: tap1, queue: {weight: 101}}"),
    portRefusal(
      "a bare queue", line: 1, "queue: must be a mapping", "{weight: 100}",
      port: "- {name: vm1, netdev: tap1, queue: 100}"),
    portRefusal("vRSS on", line: 1, "'on' is neither off nor a mapping", port: "- {name: vm1, netdev: tap1, vrss: on}"),
    portRefusal(
      "an unknown vRSS mode", line: 1, "'dynamik' is none of dynamic, static",
      port: "- {name: vm1, netdev: tap1, vrss: {mode: dynamik}}"),
    portRefusal(
      "vRSS over no worker", line: 1, "maximumWorkers: '0'",
      port: "- {name: vm1, netdev: tap1, vrss: {maximumWorkers: 0}}"),
    portRefusal(
      "vRSS over more workers than there are", line: 2, "maximumWorkers: 3 is more than the switch's 2 workers",
      port: "- {name: vm1, netdev: tap1,\n   vrss: {maximumWorkers: 3}}"),
    portRefusal(
      "vRSS that leaves no worker", line: 1, "excludeHome: true leaves no worker",
      port: "- {name: vm1, netdev: tap1, vrss: {maximumWorkers: 1, excludeHome: true}}"),
    portRefusal(
      "an unknown part in mirroring", line: 1, "'sorce' is none of none, source, destination", "mirror: source",
      port: "- {name: vm1, netdev: tap1, mirror: sorce}"),
    portRefusal(
      "a source without a destination", line: 2, "port vm1: mirror: source, but no port is a destination",
      "write mirror: destination at the port", port: "- {name: vm1, netdev: tap1,\n   mirror: source}"),
    portRefusal(
      "a source whose frames no destination may have", line: 1, "the destination vm2 is in none of its VLANs",
      port: "- {name: vm1, netdev: tap1, vlan: {access: 10}, mirror: source}\n"
        + "- {name: vm2, netdev: tap2, vlan: {trunk: [11, 12], native: 1}, mirror: destination}"),
    Refusal(
      "an uplink as destination", line: 2, "copies do not go out to the physical network",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: up0, netdev: eth1, mirror: destination}]"),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  @Test("A misspelt key that is required is told once")
  func misspeltRequiredKey() {
    let errors = configErrors("switch: {workers: [0]}\nports:\n- {nmae: vm1, netdv: tap1}")
    #expect(errors.map(\.fault) == ["port: unknown key 'nmae'", "port: unknown key 'netdv'"])
  }
}

@Suite("A port's VLANs are refused with line, fault and fix")
struct ConfigVLANRefusalTests {
  @Test(arguments: [
    vlan("access and trunk", "access or trunk, not both", "access: 10, trunk: [20]"),
    vlan("access and native", "an access port has no native VLAN", "access: 10, native: 1"),
    vlan("native in the trunk", "VLAN 10 is also in trunk", "trunk: [10, 20], native: 10"),
    vlan("native alone", "neither access nor trunk", "native: 1"),
    vlan("a VLAN twice", "VLAN 10 is in the list twice", "trunk: [10, 20, 10]"),
    vlan("overlapping ranges", "VLAN 15 is in the list twice", "trunk: [10-20, 15-30]"),
    vlan("an empty trunk", "the list is empty", "trunk: []"),
    vlan("a trunk of nothing", "the list is empty", "trunk: ~"),
    vlan("VLAN 0", "access: '0' is not a whole number of 1 to 4094", "access: 0"),
    vlan("VLAN 4095", "access: '4095'", "access: 4095"),
    vlan("VLAN 4095 in a trunk", "'4095' is not a VLAN or a range of them", "trunk: [4095]"),
    vlan("a range backwards", "'20-10' is not a VLAN or a range of them", "trunk: [20-10]"),
    vlan("a trunk that is no list", "trunk: must be a list", "trunk: 10"),
    vlan("an unknown key", "did you mean 'access'?", "acess: 10"),
    portRefusal(
      "a bare VLAN", line: 1, "vlan: must be a mapping", "{access: 10}", port: "- {name: vm1, netdev: tap1, vlan: 10}"),
    portRefusal(
      "super-frames on a trunk", line: 1, "ingress: auto or native",
      port: "- {name: vm1, netdev: tap1, ingress: super, vlan: {trunk: [10]}}"),
    Refusal(
      "super-frames on an uplink, which is a trunk", line: 2, "ingress: auto or native, or vlan: {access: N}",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: up0, netdev: eth1, ingress: super}]"),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  private static func vlan(_ behaviour: String, _ words: String, _ text: String) -> Refusal {
    portRefusal(behaviour, line: 2, "port vm1: ", words, port: "- {name: vm1, netdev: tap1,\n   vlan: {\(text)}}")
  }
}

@Suite("Host ports and uplinks are refused with line, fault and fix")
struct ConfigHostPortRefusalTests {
  @Test(arguments: [
    host(
      "an address without its prefix", "'10.0.0.1' has no prefix length", "10.0.0.1/24",
      "name: m0, addresses: [10.0.0.1]"),
    host(
      "an IPv6 address without its prefix", "'fd00::1' has no prefix length", "fd00::1/64",
      "name: m0, addresses: ['fd00::1']"),
    host(
      "an address that is none", "'10.0.0.300/24' is not an IP address", "write e.g.",
      "name: m0, addresses: [10.0.0.300/24]"),
    host(
      "a prefix too long", "'/33' is not a prefix length of IPv4", "/1 to /32", "name: m0, addresses: [10.0.0.1/33]"),
    host(
      "an IPv6 prefix too long", "'/129' is not a prefix length of IPv6", "/1 to /128",
      "name: m0, addresses: ['fd00::1/129']"),
    host("two slashes", "is not an IP address", "write e.g.", "name: m0, addresses: [10.0.0.1/24/1]"),
    host(
      "a multicast address", "'224.0.0.1/24' is no host's address", "unicast", "name: m0, addresses: [224.0.0.1/24]"),
    host("an unspecified address", "'::/64' is no host's address", "unicast", "name: m0, addresses: ['::/64']"),
    host(
      "addresses that are no list", "addresses: must be a list", "[10.0.0.1/24]", "name: m0, addresses: 10.0.0.1/24"),
    host("a name that the kernel would number", "'mg%d' is not a device's name", "'%'", "name: mg%d"),
    host("no name", "host: 'name' is missing", "name: mgmt0", "addresses: [10.0.0.1/24]"),
    host(
      "an MTU too small for IPv6", "with an MTU of 1200 the kernel takes fd00::1/64 away", "write 1280 or more",
      "name: m0, mtu: 1200, addresses: ['fd00::1/64']"),
    host("a device name too long", "it has 16 bytes", "1 to 15", "name: abcdefghijklmnop"),
    host("an unknown key", "unknown key 'adresses'", "'addresses'?", "name: m0, adresses: []"),
    host("the MTU twice", "mtu: is written twice", "remove one", "name: m0, mtu: 1400}, mtu: 1500, queue: {weight: 0"),
    host("adopt", "adopt: is for netdev ports", "remove it", "name: m0}, adopt: true, queue: {weight: 0"),
    host("ingress", "ingress: is for netdev ports", "remove it", "name: m0}, ingress: super, queue: {weight: 0"),
    Refusal(
      "an uplink of the host", line: 2, "uplink up0: unknown key 'host'",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: up0, host: {name: m0}}]"),
    Refusal(
      "uplinks that are no list", line: 2, "uplinks: must be a list",
      yaml: "switch: {workers: [0]}\nuplinks: {name: up0}"),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  private static func host(_ behaviour: String, _ fault: String, _ fix: String, _ text: String) -> Refusal {
    portRefusal(behaviour, line: 1, "port m: ", fault, fix, port: "- {name: m, host: {\(text)}}")
  }
}
