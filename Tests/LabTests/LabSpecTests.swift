import Foundation
import Lab
import Testing
import Units

@Suite struct LabSpecTests {
  private let spec = LabSpec(name: "x_1", hosts: 17)

  @Test func namesFollowTheLabAndTheHost() {
    #expect(spec.switchNamespace == "millrace-x_1-switch")
    #expect(spec.namespace(of: 17) == "millrace-x_1-h17")
    #expect(spec.namespace(of: 0) == spec.switchNamespace)
    #expect(spec.port(of: 99).utf8.count <= 15)
    #expect(spec.socketPath == "/run/millrace/lab-x_1/control.sock")
  }

  @Test func addressesFollowTheHost() {
    #expect(spec.address(of: 17) == "10.77.0.17")
    #expect(spec.address6(of: 17) == "fd77::17")
    #expect(spec.mac(of: 1) == "02:00:00:77:00:01")
    #expect(spec.mac(of: 17) == "02:00:00:77:00:11")
    #expect(Set((1...99).map(spec.mac)).count == 99)
  }

  @Test func hostNamesAreReadStrictly() {
    #expect(LabSpec.hostNumber("h12") == 12)
    #expect(LabSpec.hostNumber("switch") == 0)
    for text in ["", "h", "h0", "h01", "h-1", "h+1", "12", "switch1", "H1", "h1 "] {
      #expect(LabSpec.hostNumber(text) == nil, "\(text)")
    }
  }

  @Test func configurationHasAPortForEachHost() {
    let spec = LabSpec(
      hosts: 2, link: BitRate(bitsPerSecond: 2_500_000_000), switchLines: ["workers: [0]", "steering: vmq"],
      portKeys: [2: ["steering: rss"]], allPortKeys: ["ingress: native"], extraPorts: ["{name: mgmt, host: {name: m}}"])
    #expect(
      spec.configuration == """
        switch:
          workers: [0]
          steering: vmq
        ports:
          - {name: h1, netdev: port1, mac: "02:00:00:77:00:01", rate: 2.5Gbit, ingress: native}
          - {name: h2, netdev: port2, mac: "02:00:00:77:00:02", rate: 2.5Gbit, ingress: native, steering: rss}
          - {name: mgmt, host: {name: m}}

        """)
  }

  @Test func aWholeConfigurationTakesThePlaceOfTheRest() {
    let spec = LabSpec(hosts: 2, allPortKeys: ["ingress: native"], wholeConfiguration: "switch: {workers: [0]}\n")
    #expect(spec.configuration == "switch: {workers: [0]}\n")
  }

  @Test func ipv6NeedsItsSmallestMTU() {
    #expect(LabSpec(hosts: 1, mtu: 1280).hasIPv6)
    #expect(!LabSpec(hosts: 1, mtu: 1279).hasIPv6)
    #expect(!LabSpec(hosts: 1, ipv6: false).hasIPv6)
  }

  @Test func whatCannotBeMadeIsRefused() {
    #expect(LabSpec(hosts: 1).fault == nil)
    #expect(LabSpec(name: "0_a", hosts: 99, mtu: 9198, queues: 64).fault == nil)
    for name in ["", "a-b", "A", "a b", "ä", "../x", String(repeating: "a", count: 21)] {
      #expect(LabSpec(name: name, hosts: 1).fault?.contains("no lab's name") == true, "\(name)")
    }
    for hosts in [0, 100, -1] { #expect(LabSpec(hosts: hosts).fault?.contains("hosts") == true) }
    for mtu in [67, 9199] { #expect(LabSpec(hosts: 1, mtu: mtu).fault?.contains("MTU") == true) }
    for queues in [0, 65] { #expect(LabSpec(hosts: 1, queues: queues).fault?.contains("queues") == true) }
    #expect(LabSpec(hosts: 2, portKeys: [3: ["ingress: native"]]).fault?.contains("host 3") == true)
    let rate = BitRate(bitsPerSecond: 1_000_000)
    #expect(LabSpec(hosts: 1, link: rate, fabric: .bridge).fault?.contains("bridge") == true)
  }

  @Test func aSpecificationSurvivesItsRecord() throws {
    let spec = LabSpec(
      name: "r", hosts: 3, mtu: 9000, queues: 2, link: BitRate(bitsPerSecond: 1_000_000_000),
      switchLines: ["workers: [1]"],
      portKeys: [2: ["vlan: {access: 10}"]], allPortKeys: ["ingress: super"], extraPorts: ["{name: x}"], ipv6: false,
      staticNeighbours: true)
    #expect(try JSONDecoder().decode(LabSpec.self, from: JSONEncoder().encode(spec)) == spec)
  }
}
