import Control
import Testing
import Units

@Suite("A host that cannot run the configuration is told by line, fault and fix")
struct ConfigHostCheckTests {
  private let yaml = """
    switch: {workers: [0]}
    uplinks:
      - {name: up0, netdev: eth1}
    ports:
      - name: vm1
        netdev: tap1
      - {name: mgmt, host: {name: mgmt0}}
    """

  /// A host with the devices eth1 and tap1, as they are told.
  private func facts(
    eth1: HostFacts.DeviceFacts? = .init(name: "eth1"), tap1: HostFacts.DeviceFacts? = .init(name: "tap1"),
    mgmt0: HostFacts.DeviceFacts? = nil, kernel: String = "6.18.44", missing: [String] = [], taps: Bool = true,
    memory: HostFacts.Memory? = nil
  ) -> HostFacts {
    HostFacts(
      kernelRelease: kernel, missingCapabilities: missing, canMakeTaps: taps, memory: memory,
      deviceNames: ["eth1", "tap10"]
    ) { name in
      switch name {
      case "eth1": eth1
      case "tap1": tap1
      case "mgmt0": mgmt0
      default: nil
      }
    }
  }

  private func errors(_ facts: HostFacts, yaml: String? = nil, running: SwitchConfig? = nil) throws -> [String] {
    Self.told(validateAgainstHost(try config(yaml ?? self.yaml), facts, running: running))
  }

  private static func told(_ errors: [ConfigError]) -> [String] {
    errors.map { "\($0.exitCode.rawValue) \($0.description)" }
  }

  @Test("A host with all that is needed passes")
  func passes() throws { #expect(try errors(facts()) == []) }

  @Test("A missing device")
  func missingDevice() throws {
    #expect(
      try errors(facts(tap1: nil)) == [
        "69 switch.yaml:6: port vm1: there is no device 'tap1' in this network namespace; did you mean 'tap10'?"
      ])
  }

  @Test("A device under another of its names")
  func alternativeName() throws {
    #expect(
      try errors(facts(eth1: .init(name: "enp3s0"))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' is another name of 'enp3s0'; write netdev: enp3s0"
      ])
  }

  @Test("A device without Ethernet")
  func notEthernet() throws {
    #expect(
      try errors(facts(eth1: .init(name: "eth1", isEthernet: false))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' is not an Ethernet device; name another device"
      ])
  }

  @Test("A tap to be made needs the driver, not the device")
  func tapToBeMade() throws {
    let making = yaml.replacing("netdev: tap1", with: "tap: tap9")
    #expect(try errors(facts(), yaml: making) == [])
    #expect(
      try errors(facts(taps: false), yaml: making).contains {
        $0.contains("vm1: /dev/net/tun cannot be opened; load the driver with: modprobe tun")
      })
  }

  @Test("A busy device")
  func busyDevice() throws {
    #expect(
      try errors(facts(eth1: .init(name: "eth1", xdpProgram: 7))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' is busy: XDP program 7 is attached; "
          + "stop the program that holds it, or: ip link set eth1 xdp off"
      ])
  }

  @Test("A device that the host uses, one way or another")
  func usedDevice() throws {
    let adopt = "or write adopt: true to take it from the host"
    #expect(
      try errors(facts(eth1: .init(name: "eth1", addresses: ["192.0.2.2"], carriesDefaultRoute: true))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' carries the host's address 192.0.2.2; remove it, \(adopt)"
      ])
    #expect(
      try errors(facts(eth1: .init(name: "eth1", carriesDefaultRoute: true))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' carries the host's default route; move the route, \(adopt)"
      ])
    #expect(
      try errors(facts(eth1: .init(name: "eth1", master: "br0"))) == [
        "69 switch.yaml:3: uplink up0: 'eth1' belongs to br0; take it out with: ip link set eth1 nomaster, \(adopt)"
      ])
  }

  @Test("adopt: true takes a used device, but not a busy one")
  func adopt() throws {
    let used = HostFacts.DeviceFacts(
      name: "eth1", addresses: ["192.0.2.2"], carriesDefaultRoute: true, master: "br0", xdpProgram: 7)
    let adopting = yaml.replacing("netdev: eth1}", with: "netdev: eth1, adopt: true}")
    let errors = try errors(facts(eth1: used), yaml: adopting)
    #expect(errors.count == 1)
    #expect(errors.first?.contains("is busy") == true)
  }

  @Test("A host port's device that exists already, or cannot be made")
  func hostPort() throws {
    #expect(
      try errors(facts(mgmt0: .init(name: "mgmt0"))) == [
        "69 switch.yaml:7: port mgmt: the device 'mgmt0' exists already; "
          + "write another name, or remove it with: ip link del mgmt0"
      ])
    #expect(
      try errors(facts(taps: false)) == [
        "69 switch.yaml:7: port mgmt: /dev/net/tun cannot be opened; load the driver with: modprobe tun"
      ])
  }

  @Test("What the switch itself holds is not busy")
  func runningPorts() throws {
    let held = facts(
      eth1: .init(name: "eth1", xdpProgram: 7), mgmt0: .init(name: "mgmt0"))
    var running = try config(yaml)
    running.ports.removeAll { $0.name == "vm1" }
    #expect(try errors(held, running: running) == [])
  }

  @Test("An old kernel", arguments: ["6.1.0-30-amd64", "5.15.0", "6.5.13"])
  func oldKernel(_ release: String) throws {
    #expect(
      try errors(facts(kernel: release)) == [
        "69 switch.yaml:1: kernel \(release) is older than 6.6, which brought multi-buffer AF_XDP; "
          + "boot 6.6 or newer (Debian 12: apt install -t bookworm-backports linux-image-amd64)"
      ])
  }

  @Test("A new enough kernel", arguments: ["6.6.0", "6.12-rc3", "10.0.1"])
  func newKernel(_ release: String) throws { #expect(try errors(facts(kernel: release)) == []) }

  @Test("Memory for all but one byte of the need is too little")
  func tooLittleMemory() throws {
    let need = memoryNeed(try config(yaml), facts())
    #expect(try errors(facts(memory: .init(available: need))) == [])
    let short = HostFacts.Memory(available: Bytes(need.count - 1))
    #expect(
      try errors(facts(memory: short)) == [
        "69 switch.yaml:1: the switch needs \(need.roundedToMiB) of memory, "
          + "\(short.available.roundedToMiB) are available; "
          + "lower arena (64MiB), fdb addresses (16384), the devices' queues or the number of rules"
      ])
  }

  @Test("An arena that free huge pages hold needs no other memory")
  func hugePages() throws {
    let plain = memoryNeed(try config(yaml), facts())
    let memory = HostFacts.Memory(available: Bytes(plain.count - (64 << 20)), hugePages: Bytes(64 << 20))
    #expect(try errors(facts(memory: memory)) == [])
  }

  @Test("More queues, workers, chunks and addresses need more memory")
  func memoryGrows() throws {
    let plain = memoryNeed(try config(yaml), facts())
    #expect(memoryNeed(try config(yaml), facts(eth1: .init(name: "eth1", receiveQueues: 8))) > plain)
    for setting in ["workers: [0, 1]", "workers: [0], arena: 128MiB", "workers: [0], fdb: {addresses: 32768}"] {
      #expect(memoryNeed(try config(yaml.replacing("workers: [0]", with: setting)), facts()) > plain)
    }
  }

  @Test("Rules need memory each, stateful ones that of the flows, too")
  func memoryOfRules() throws {
    func need(_ rules: [String], flows: Int = 131_072) throws -> UInt64 {
      let port = "{name: vm1, netdev: tap1, acl: [\(rules.joined(separator: ", "))]}"
      return memoryNeed(
        try config("switch: {workers: [0], flows: \(flows)}\nports:\n- \(port)\n"), facts()
      ).count
    }
    let plain = try need([])
    let denials = (0..<100).map { "{action: deny, direction: in, remote: 10.0.0.\($0)}" }
    let one = try need([denials[0]]) - plain
    #expect(one > 0)
    #expect(try need(denials) - plain == 100 * one)
    let stateful = "{weight: 1, action: allow, direction: out, stateful: true}"
    let (few, many) = (try need([stateful], flows: 131_072), try need([stateful], flows: 262_144))
    #expect(few > plain + 131_072 * 64)
    #expect(many - few == few - plain - one)
    #expect(try need([denials[0]], flows: 262_144) == plain + one)
  }

  @Test("A port that is added needs only its own memory")
  func memoryOfOnePort() throws {
    var running = try config(yaml)
    running.ports.removeFirst()
    let little = HostFacts.Memory(available: Bytes(16 << 20))
    #expect(try errors(facts(memory: little), running: running) == [])
    let none = HostFacts.Memory(available: Bytes(1 << 20))
    let told = try errors(facts(memory: none), running: running)
    #expect(told.count == 1 && told[0].hasPrefix("69 switch.yaml:5: vm1 needs "))
  }

  @Test("Rules that a running switch gets need what they add, and stateful ones the flow table once")
  func memoryOfAddedRules() throws {
    var running = try config(yaml)
    func need(_ rules: String) throws -> UInt64 {
      memoryNeed(try wanted(rules), facts()).count - memoryNeed(running, facts()).count
    }
    func wanted(_ rules: String) throws -> SwitchConfig {
      var wanted = running
      var port = wanted.ports[0]
      port.acl += try running.newRules(port: "vm1", yaml: rules)
      wanted.replace(port)
      return wanted
    }
    func told(_ rules: String, available: UInt64) throws -> [String] {
      let memory = HostFacts.Memory(available: Bytes(available))
      return Self.told(validateAgainstHost(try wanted(rules), facts(memory: memory), running: running))
    }
    let denials = (0..<200).map { "- {action: deny, direction: in, remote: 10.0.0.\($0)}" }.joined(separator: "\n")
    let stateful = "{weight: 1, action: allow, direction: out, stateful: true}"
    for rules in [denials, stateful] {
      let need = try need(rules)
      #expect(try told(rules, available: need) == [])
      let refusals = try told(rules, available: need - 1)
      #expect(refusals.count == 1)
      #expect(refusals.first?.contains("vm1 needs \(Bytes(need).roundedToMiB) of memory") == true)
    }
    // What there is has been counted, and fewer rules need nothing.
    running = try wanted(stateful)
    #expect(try need("{weight: 2, action: allow, direction: out, stateful: true}") < 1 << 20)
    #expect(
      Self.told(validateAgainstHost(try config(yaml), facts(memory: .init(available: Bytes(0))), running: running))
        == [])
  }

  @Test("No privilege goes before missing devices")
  func noPrivilege() throws {
    let errors = validateAgainstHost(try config(yaml), facts(tap1: nil, missing: ["CAP_BPF"]))
    #expect(
      errors.first?.description
        == "switch.yaml:1: no privilege to run a switch: CAP_BPF missing; run as root (sudo)")
    #expect(ConfigErrors(errors).exitCode == .noPermission)
    #expect(ConfigErrors(errors).controlError.exitCode == .noPermission)
  }
}
