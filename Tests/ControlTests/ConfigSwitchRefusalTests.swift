import Control
import Testing

@Suite("The switch's own settings are refused with line, fault and fix")
struct ConfigSwitchRefusalTests {
  @Test(arguments: [
    Refusal(
      "an unknown key", line: 2, "switch: unknown key 'poling'", "did you mean 'polling'?",
      yaml: "switch: {workers: [0],\n  poling: busy}"),
    Refusal(
      "an unknown key like no other lists the keys", line: 1, "unknown key 'colour'", "workers, polling",
      yaml: "switch: {workers: [0], colour: red}"),
    Refusal(
      "an unknown key of the document", line: 2, "unknown key 'port'", "did you mean 'ports'?",
      yaml: "switch: {workers: [0]}\nport: []"),
    Refusal("a missing switch", line: 1, "'switch' is missing", "workers: [0]", yaml: "ports: []"),
    Refusal("a switch that is no mapping", line: 1, "switch: must be a mapping", yaml: "switch: 3"),
    Refusal("a document that is a list", line: 1, "must be a mapping", yaml: "- 1"),
    Refusal(
      "missing workers", line: 1, "'workers' is missing", "write e.g. workers: [0, 1]", yaml: "switch: {queues: 3}"),
    Refusal("no workers", line: 2, "workers: the list is empty", yaml: "switch:\n  workers: []"),
    Refusal("workers that are no list", line: 1, "workers: must be a list", yaml: "switch: {workers: 4}"),
    Refusal("a worker that is no CPU", line: 1, "'two' is not a CPU's number", yaml: "switch: {workers: [0, two]}"),
    Refusal("a negative CPU", line: 1, "'-1' is not a CPU's number", yaml: "switch: {workers: [-1]}"),
    Refusal(
      "a CPU that does not exist", line: 2, "CPU 9 does not exist", "write CPUs of 0-3",
      yaml: "switch:\n  workers: [0, 9]"),
    Refusal(
      "more than 64 workers", line: 1, "65 workers are too many", "at most 64",
      yaml: "switch: {workers: [\(Array(repeating: "0", count: 65).joined(separator: ", "))]}"),
    Refusal(
      "an unknown polling", line: 1, "'bussy' is none of adaptive, busy, interrupt", "polling: busy",
      yaml: "switch: {workers: [0], polling: bussy}"),
    Refusal(
      "an unknown scheduling", line: 1, "'fifo' is none of fair, realtime",
      yaml: "switch: {workers: [0], scheduling: fifo}"),
    Refusal(
      "realtime workers that never sleep", line: 3, "realtime workers with polling: busy", "write polling: interrupt",
      yaml: "switch:\n  workers: [0]\n  scheduling: realtime\n  polling: busy"),
    Refusal(
      "an unknown steering", line: 1, "'vrss' is none of single, rss, vmq, vmq+vrss",
      yaml: "switch: {workers: [0], steering: vrss}"),
    Refusal(
      "a bare share", line: 1, "emulatedShare: '15' is a bare number", "write e.g. 15%",
      yaml: "switch: {workers: [0], emulatedShare: 15}"),
    Refusal("a share of nothing", line: 1, "'0%' is not a share", yaml: "switch: {workers: [0], emulatedShare: 0%}"),
    Refusal(
      "a share that is next to nothing", line: 1, "emulatedShare: 0.01% is less than 0.1%",
      yaml: "switch: {workers: [0], emulatedShare: 0.01%}"),
    Refusal(
      "more than the whole", line: 1, "'101%' is not a share", yaml: "switch: {workers: [0], emulatedShare: 101%}"),
    Refusal(
      "emulated cores that need more than their CPU", line: 2, "3 workers of 40% need 120% of CPU 1", "at most 33.3%",
      yaml: "switch: {workers: [0, 1, 1, 1],\n  emulatedShare: 40%}"),
    Refusal(
      "too many queues", line: 1, "'1025' is not a whole number of 0 to 1024",
      yaml: "switch: {workers: [0], queues: 1025}"),
    Refusal("a count with a fraction", line: 1, "queues: '1.5'", yaml: "switch: {workers: [0], queues: 1.5}"),
    Refusal("a count in hexadecimal", line: 1, "queues: '0x10'", yaml: "switch: {workers: [0], queues: 0x10}"),
    Refusal(
      "a count that is a list", line: 1, "queues: must be a single value", yaml: "switch: {workers: [0], queues: [1]}"),
    Refusal(
      "a lower threshold above the upper one", line: 1, "lower (90%) must be less than upper (80%)", "lower: 60%",
      yaml: "switch: {workers: [0], rebalance: {upper: 80%, lower: 90%}}"),
    Refusal(
      "a window too short", line: 1, "window: 100ms is less than 500ms",
      yaml: "switch: {workers: [0], rebalance: {window: 100ms}}"),
    Refusal(
      "rebalance that is neither", line: 1, "rebalance: 'on' is neither off nor a mapping",
      yaml: "switch: {workers: [0], rebalance: on}"),
    Refusal(
      "a bare arena", line: 1, "'64' is a bare number", "write e.g. 64MiB", yaml: "switch: {workers: [0], arena: 64}"),
    Refusal("an arena in bits", line: 1, "'64Mbit' is not a size", yaml: "switch: {workers: [0], arena: 64Mbit}"),
    Refusal("an arena too small", line: 1, "512KiB is less than 1MiB", yaml: "switch: {workers: [0], arena: 512KiB}"),
    Refusal("an arena too large", line: 1, "17GiB is more than 16GiB", yaml: "switch: {workers: [0], arena: 17GiB}"),
    Refusal(
      "an arena of broken pages", line: 1, "is not a multiple of 4KiB",
      yaml: "switch: {workers: [0], arena: 2000000B}"),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }
}

@Suite("The FDB's settings are refused with line, fault and fix")
struct ConfigFDBRefusalTests {
  @Test(arguments: [
    Refusal(
      "too few addresses", line: 2, "addresses: '15' is not a whole number of 16 to 1048576", yaml: fdb("addresses: 15")
    ),
    Refusal("too many addresses", line: 2, "addresses: '1048577'", yaml: fdb("addresses: 1048577")),
    Refusal("a bare ageing", line: 2, "ageing: '300' is a bare number", "write e.g. 300s", yaml: fdb("ageing: 300")),
    Refusal("an ageing below a second", line: 2, "999ms is less than 1s", yaml: fdb("ageing: 999ms")),
    Refusal("an ageing of years", line: 2, "5000000000s is more than", yaml: fdb("ageing: 5000000000s")),
    Refusal("an unknown key", line: 2, "switch: fdb: unknown key 'aging'", "'ageing'?", yaml: fdb("aging: 300s")),
    Refusal(
      "a static address that is none", line: 2, "'02:00' is not a MAC address", yaml: entry("mac: 02:00, port: vm1")),
    Refusal(
      "a multicast static address", line: 2, "is a multicast address",
      yaml: entry("mac: 33:33:00:00:00:01, port: vm1")),
    Refusal("a static address without a port", line: 2, "'port' is missing", yaml: entry("mac: 02:00:00:00:00:01")),
    Refusal(
      "a static address at an unknown port", line: 2, "there is no port 'vm11'", "did you mean 'vm1'?",
      yaml: entry("mac: 02:00:00:00:00:01, port: vm11")),
    Refusal(
      "a static address in a VLAN the port does not carry", line: 2, "port vm1 does not carry VLAN 11",
      yaml: entry("mac: 02:00:00:00:00:01, vlan: 11, port: vm1")),
    Refusal(
      "a static address without the VLAN of its access port", line: 2, "does not carry untagged frames",
      yaml: entry("mac: 02:00:00:00:00:01, port: vm1")),
    Refusal(
      "VLAN 4095", line: 2, "vlan: '4095' is not a whole number of 1 to 4094",
      yaml: entry("mac: 02:00:00:00:00:01, vlan: 4095, port: vm1")),
    Refusal(
      "the same static address twice", line: 2, "is given at line 2 too",
      yaml: entry("mac: 02:00:00:00:00:01, vlan: 10, port: vm1}, {mac: 02:00:00:00:00:01, vlan: 10, port: vm1")),
    Refusal(
      "a static address that is another port's own", line: 2, "is that of port vm2", "write port: vm2",
      yaml: entry("mac: 02:00:00:00:01:02, vlan: 10, port: vm1")),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  private static func fdb(_ text: String) -> String { "switch: {workers: [0], fdb:\n  {\(text)}}" }

  private static func entry(_ text: String) -> String {
    fdb("static: [{\(text)}]") + """

      ports:
        - {name: vm1, netdev: tap1, vlan: {access: 10}}
        - {name: vm2, netdev: tap2, vlan: {access: 10}, mac: 02:00:00:00:01:02}
      """
  }
}
