import Control
import Testing

@Suite("What two ports cannot share is refused at the second one's line")
struct ConfigDuplicateTests {
  @Test(arguments: [
    Refusal(
      "a name, of uplink and port", line: 4, "port a: the name 'a' is taken by uplink a at line 2", "another name",
      yaml: "switch: {workers: [0]}\nuplinks: [{name: a, netdev: eth1}]\nports:\n- {name: a, netdev: tap1}"),
    Refusal(
      "a netdev", line: 5, "the device 'tap1' is taken by port a at line 3",
      yaml: "switch: {workers: [0]}\nports:\n- {name: a, netdev: tap1}\n- name: b\n  netdev: tap1"),
    Refusal(
      "a device of netdev and host port", line: 4, "the device 'tap1' is taken by port a at line 3",
      yaml: "switch: {workers: [0]}\nports:\n- {name: a, netdev: tap1}\n- {name: b, host: {name: tap1}}"),
    Refusal(
      "a MAC, however written", line: 6, "the address 02:00:00:00:00:0a is taken by port a at line 3",
      yaml: """
        switch: {workers: [0]}
        ports:
        - {name: a, netdev: tap1, mac: 02:00:00:00:00:0A}
        - name: b
          netdev: tap2
          mac: 02:00:00:00:00:0a
        """),
    Refusal(
      "a MAC of netdev and host port", line: 4, "the address 02:00:00:00:00:0a is taken by port a at line 3",
      yaml: """
        switch: {workers: [0]}
        ports:
        - {name: a, netdev: tap1, mac: 02:00:00:00:00:0A}
        - {name: b, host: {name: b0, mac: 02:00:00:00:00:0a}}
        """),
    Refusal(
      "an IP address", line: 4, "the address fd00::1/48 is taken by port a at line 3",
      yaml: """
        switch: {workers: [0]}
        ports:
        - {name: a, host: {name: a0, addresses: ['fd00:0::1/64']}}
        - {name: b, host: {name: b0, addresses: ['fd00::1/48']}}
        """),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  @Test("The 1,025th port is refused at its line")
  func tooManyPorts() {
    let ports = (0..<1025).map { "- {name: p\($0), netdev: d\($0)}" }.joined(separator: "\n")
    let errors = configErrors("switch: {workers: [0]}\nports:\n\(ports)")
    #expect(errors.count == 1)
    #expect(errors.first?.line == 1027)
    #expect(errors.first?.fix == "a switch has at most 1024")
  }

  @Test("1,024 ports are taken")
  func manyPorts() throws {
    let ports = (0..<1024).map { "- {name: p\($0), netdev: d\($0)}" }.joined(separator: "\n")
    #expect(try config("switch: {workers: [0]}\nports:\n\(ports)").ports.count == 1024)
  }
}
