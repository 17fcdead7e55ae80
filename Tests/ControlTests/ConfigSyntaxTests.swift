import Control
import Testing

@Suite("What is not YAML is refused at its line")
struct ConfigSyntaxTests {
  @Test(arguments: [
    Refusal("an empty file", line: 1, "the configuration is empty", yaml: ""),
    Refusal("only comments", line: 1, "the configuration is empty", yaml: "# nothing\n"),
    Refusal("an open bracket", line: 3, "not YAML", yaml: "switch:\n  workers: [0\nports: []\n"),
    Refusal("a tab", line: 2, "not YAML", "indent with spaces, not tabs", yaml: "switch:\n\tworkers: [0]\n"),
    Refusal("an undefined alias", line: 1, "undefined alias", yaml: "switch: *nothing"),
    Refusal(
      "two documents", line: 2, "the file holds two documents", "keep one", yaml: "switch: {workers: [0]}\n--- {}"),
    Refusal(
      "a key twice", line: 2, "the key 'workers' is written more than once", "keep one",
      yaml: "switch:\n  workers: [0]\n  workers: [1]"),
    Refusal("a key that is a list", line: 1, "a key must be a word", yaml: "[1]: 2\nswitch: {workers: [0]}"),
    Refusal("a control character", line: 2, "not YAML", yaml: "switch:\n  workers: [\u{1}]"),
  ])
  func refuses(_ refusal: Refusal) { refusal.expect() }

  @Test("Every fault of a file is told, in the order of its lines, one line each")
  func allFaults() {
    let yaml = """
      switch:
        workers: [0]
        arena: 64
        queues: many
      ports:
        - {name: vm1, netdev: tap1, mac: x}
        - {name: vm2, netdev: tap2, rate: 5}
      """
    #expect(
      configErrors(yaml).map(\.description) == [
        "switch.yaml:3: switch: arena: '64' is a bare number: a size needs its unit; write e.g. 64MiB",
        "switch.yaml:4: switch: queues: 'many' is not a whole number of 0 to 1024; write e.g. queues: 64",
        "switch.yaml:6: port vm1: mac: 'x' is not a MAC address; "
          + "write six bytes in hexadecimal, e.g. 02:00:00:00:01:01",
        "switch.yaml:7: port vm2: rate: '5' is a bare number: a rate needs its unit; write e.g. 2.5Gbit",
      ])
  }

  @Test("A message stays one line, whatever the value holds")
  func oneLine() {
    let errors = configErrors("switch: {workers: [0]}\nports: [{name: \"a\\n\\e[31m\", netdev: tap1}]")
    #expect(errors.count == 1)
    #expect(errors.first?.description.contains("'a??[31m' is not a port's name") == true)
  }

  @Test("A file that is not there, or not text, is refused by its name")
  func unreadableFiles() {
    for (path, words) in [("/nonexistent.yaml", "No such file"), ("/", "Is a directory"), ("/bin/sh", "is not UTF-8")] {
      let error = #expect(throws: ConfigErrors.self) { try SwitchConfig.load(path: path) }
      #expect(error?.exitCode == .configuration)
      #expect(error?.description.hasPrefix("\(path): ") == true)
      #expect(error?.description.contains(words) == true)
    }
  }
}
