import Foundation
import Lab
import Testing

extension SwitchTests {
  /// What `run` and `check` refuse: the exit code, one line that names place, fault and fix, and a host left as it was.
  @Suite struct Refusals {
    struct Bad: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var exitCode: Int32
      /// The line at fault, counted from 1.
      var line: Int
      var words: [String]
      var yaml: String
      /// Whether the file and the CPUs tell it, so that `check` finds it without `--host`.
      var isInFile: Bool { exitCode == 65 }

      init(_ fault: String, _ exitCode: Int32, line: Int, _ words: String..., yaml: String) {
        (testDescription, self.exitCode, self.line, self.words, self.yaml) = (fault, exitCode, line, words, yaml)
      }
    }

    static let bad = [
      Bad(
        "unknown key", 65, line: 3, "ingres", "did you mean 'ingress'",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1, ingres: native}\n"),
      Bad(
        "wrong unit", 65, line: 3, "1GiB", "Gbit",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1, rate: 1GiB}\n"),
      Bad(
        "bare number", 65, line: 3, "1000", "unit",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1, rate: 1000}\n"),
      Bad(
        "overlapping VLANs", 65, line: 4, "VLAN 15",
        yaml: "switch: {workers: [0]}\nports:\n  - name: h1\n    vlan: {trunk: [10-20, 15]}\n    netdev: port1\n"),
      Bad(
        "native VLAN among the tagged", 65, line: 5, "VLAN 10",
        yaml: "switch: {workers: [0]}\nports:\n  - name: h1\n    netdev: port1\n    vlan: {trunk: [10], native: 10}\n"),
      Bad(
        "duplicate MAC", 65, line: 4, "02:00:00:00:01:01", "h1",
        yaml: """
          switch: {workers: [0]}
          ports:
            - {name: h1, netdev: port1, mac: "02:00:00:00:01:01"}
            - {name: h2, netdev: port2, mac: "02:00:00:00:01:01"}

          """),
      Bad(
        "duplicate name", 65, line: 4, "'h1'",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n  - {name: h1, netdev: port2}\n"),
      Bad(
        "CPU that does not exist", 65, line: 2, "CPU 4095",
        yaml: "switch:\n  workers: [0, 4095]\nports:\n  - {name: h1, netdev: port1}\n"),
      Bad(
        "missing device", 69, line: 4, "port9", "did you mean",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n  - {name: h2, netdev: port9}\n"),
      Bad(
        "device with the host's address", 69, line: 4, "192.0.2.77", "adopt",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n  - {name: h2, netdev: addressed}\n"),
      Bad(
        "device with the default route", 69, line: 3, "default route", "adopt",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h2, netdev: routed}\n"),
      Bad(
        "device with another XDP program", 69, line: 4, "busy",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n  - {name: h2, netdev: xdped}\n"),
      Bad(
        "host port whose name is taken", 69, line: 4, "port2",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n  - {name: mgmt, host: {name: port2}}\n"),
      Bad(
        "device of a bridge", 69, line: 3, "br9", "nomaster",
        yaml: "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: enslaved}\n"),
    ]

    @Test func badConfigurationsAreRefusedInOneLine() async throws {
      try await withHost("refusals") { host in
        for bad in Self.bad {
          let path = try host.write(bad.yaml)
          var commands = [["run", path] + host.places, ["check", "--host", path]]
          if bad.isInFile { commands.append(["check", path]) }
          for command in commands {
            let result = try await host.millrace(command)
            let what = "\(bad.testDescription), \(command[0]): \(result.errorOutput)"
            #expect(result.exitCode == bad.exitCode, "\(what)")
            #expect(result.output == "", "\(what)")
            let lines = result.errorOutput.split(separator: "\n")
            #expect(lines.count == 1, "\(what)")
            let line = String(lines.first ?? "")
            #expect(line.hasPrefix("\(path):\(bad.line): ") && line.contains("; "), "\(what)")
            for word in bad.words { #expect(line.contains(word), "\(what)") }
          }
          // What only the host can tell, the file alone does not.
          if !bad.isInFile { #expect(try await host.millrace(["check", path]).exitCode == 0) }
        }
      }
    }

    private static let good = "switch: {workers: [0]}\nports:\n  - {name: h1, netdev: port1}\n"

    @Test func withoutPrivilegeItSaysSo() async throws {
      try await withHost("noprivilege") { host in
        let path = try host.write(Self.good)
        let drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
        for command in [["run", path] + host.places, ["check", "--host", path]] {
          let result = try await host.millrace(command, through: drop)
          #expect(result.exitCode == 77, "\(result.errorOutput)")
          #expect(result.errorOutput.hasPrefix("\(path):1: no privilege"), "\(result.errorOutput)")
          #expect(result.errorOutput.contains("; run as root"))
          #expect(result.errorOutput.split(separator: "\n").count == 1)
        }
      }
    }

    /// `setarch --uname-2.6` makes the kernel call itself 2.6 (personality(2), UNAME26).
    @Test func anOldKernelIsRefused() async throws {
      try await withHost("oldkernel") { host in
        let path = try host.write(Self.good)
        for command in [["run", path] + host.places, ["check", "--host", path]] {
          let result = try await host.millrace(command, through: ["setarch", "--uname-2.6"])
          #expect(result.exitCode == 69, "\(result.errorOutput)")
          #expect(result.errorOutput.hasPrefix("\(path):1: kernel 2.6"), "\(result.errorOutput)")
          #expect(result.errorOutput.contains("; boot "))
          #expect(result.errorOutput.split(separator: "\n").count == 1)
        }
      }
    }

    /// A second switch finds the first one's device busy, and the first one forwards on.
    @Test func aDeviceOfAnotherSwitchIsBusy() async throws {
      try await withLab(LabSpec(name: "secondswitch", hosts: 2)) { lab in
        let host = Host(lab)
        let path = try host.write(Self.good)
        let before = try await host.state()
        let result = try await host.millrace(["run", path] + host.places)
        #expect(result.exitCode == 69)
        #expect(result.errorOutput.hasPrefix("\(path):3: port h1: 'port1' is busy"), "\(result.errorOutput)")
        #expect(result.errorOutput.split(separator: "\n").count == 1)
        #expect(try await host.state() == before)
        #expect(try await lab.pings(from: 1, to: lab.spec.address(of: 2)))
      }
    }

    /// Two would undo each other's changes of the host.
    @Test func aStateDirectoryOfAnotherSwitchIsBusy() async throws {
      try await withLab(LabSpec(name: "secondstate", hosts: 2)) { lab in
        let host = Host(lab)
        try await lab.run(in: 0, "ip", "link", "add", "spare", "type", "veth", "peer", "name", "spare2")
        let path = try host.write("switch: {workers: [0]}\nports:\n  - {name: s, netdev: spare}\n")
        let state = "\(host.directory)/state"
        let result = try await host.millrace([
          "run", path, "--socket", "\(host.directory)/other.sock", "--state", state,
        ])
        #expect(result.exitCode == 69, "\(result.errorOutput)")
        #expect(result.errorOutput.contains("another switch keeps its state in \(state); "), "\(result.errorOutput)")
        #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
        #expect(try await lab.pings(from: 1, to: lab.spec.address(of: 2)))
      }
    }

    /// The control socket of a running switch is not taken from it.
    @Test func aSocketOfAnotherSwitchIsBusy() async throws {
      let spec = LabSpec(name: "secondsocket", hosts: 2)
      try await withLab(spec) { lab in
        let host = Host(lab)
        try await lab.run(in: 0, "ip", "link", "add", "spare", "type", "veth", "peer", "name", "spare2")
        let path = try host.write("switch: {workers: [0]}\nports:\n  - {name: s, netdev: spare}\n")
        let before = try await host.state()
        let result = try await host.millrace([
          "run", path, "--socket", spec.socketPath, "--state", "\(host.directory)/s",
        ])
        #expect(result.exitCode == 69, "\(result.errorOutput)")
        #expect(result.errorOutput.split(separator: "\n").count == 1, "\(result.errorOutput)")
        #expect(try await host.state() == before)
        #expect(try await lab.ports()["h1"]?.state == "up")
      }
    }

    /// A lab without a switch, and devices in it that a switch must refuse. The host must be the same afterwards.
    private func withHost(_ name: String, _ body: (Host) async throws -> Void) async throws {
      let spec = LabSpec(name: name, hosts: 2, fabric: .bridge)
      try await withLab(spec) { lab in
        let host = Host(lab)
        // Duplicate address detection would go on changing addresses by itself.
        try await lab.run(
          in: 0, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        try await lab.run(in: 0, "ip", "link", "del", "br0")
        for device in ["addressed", "routed", "xdped", "enslaved"] {
          try await lab.run(in: 0, "ip", "link", "add", device, "type", "veth")
          try await lab.run(in: 0, "ip", "link", "set", device, "up")
        }
        try await lab.run(in: 0, "ip", "address", "add", "192.0.2.77/24", "dev", "addressed")
        try await lab.run(in: 0, "ip", "route", "add", "default", "dev", "routed")
        try await lab.run(in: 0, "ip", "link", "add", "br9", "type", "bridge")
        try await lab.run(in: 0, "ip", "link", "set", "enslaved", "master", "br9")
        try await host.attachXDP(to: "xdped")
        let before = try await host.settledState()
        try await body(host)
        let after = try await host.state()
        let changed = Set(after.split(separator: "\n")).subtracting(before.split(separator: "\n"))
        #expect(after == before, "changed: \(changed)")
      }
    }
  }

  /// The switch's namespace of a lab as the host that `run` must leave alone.
  struct Host {
    let lab: Lab
    var directory: String { lab.spec.directory }
    var places: [String] { ["--socket", "\(directory)/other.sock", "--state", "\(directory)/other"] }

    init(_ lab: Lab) { self.lab = lab }

    func write(_ yaml: String) throws -> String {
      let path = "\(directory)/bad.yaml"
      try yaml.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }

    /// Runs millrace to its end. One that is not refused would run on: it is ended after 20 s, with another code.
    func millrace(_ arguments: [String], through prefix: [String] = []) async throws -> Program.Result {
      try await Program.result(
        lab.command(in: 0, ["timeout", "20"] + prefix + [try Lab.executable()] + arguments))
    }

    /// A program that passes everything, in the driver's place.
    func attachXDP(to device: String, in host: Int = 0, mode: String = "xdpgeneric") async throws {
      let source = "\(directory)/pass.c"
      try "__attribute__((section(\"xdp\"), used)) int pass(void *context) { return 2; }\n"
        .write(toFile: source, atomically: true, encoding: .utf8)
      try await Program.run(["clang", "-O2", "-g", "-target", "bpf", "-c", source, "-o", "\(directory)/pass.o"])
      try await lab.run(
        in: host, "ip", "link", "set", device, mode, "obj", "\(directory)/pass.o", "sec", "xdp")
    }

    /// The state once links that were just set up have stopped changing by themselves.
    func settledState() async throws -> String {
      var last = try await state()
      for _ in 1...20 {
        // The kernel tells changes of carrier with up to a second of delay (net/core/link_watch.c).
        try await Task.sleep(for: .milliseconds(1200))
        let now = try await state()
        if now == last { return now }
        last = now
      }
      throw LabError("the links of \(lab.spec.name) do not come to rest")
    }

    /// Links with their settings and XDP programs, addresses, routes and offloads.
    func state() async throws -> String {
      var text = ""
      for command in [["link"], ["address"], ["route", "show", "table", "all"], ["-6", "route", "show"]] {
        text += try await Program.run(lab.command(in: 0, ["ip"] + command))
      }
      for device in ["port1", "port2"] {
        text += try await Program.run(lab.command(in: 0, ["ethtool", "-k", device]))
      }
      // How long an address or route still lives, and a bridge's running timers, are not its state.
      return text.replacing(#/(valid_lft|preferred_lft|expires|\w+_timer) +[\w.]+/#, with: "")
    }
  }
}
