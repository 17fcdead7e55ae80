import Control
import Testing

/// One wrong configuration: what it says, the line its error must name, and words that the error must hold.
struct Refusal: Sendable, CustomTestStringConvertible {
  var behaviour: String
  var line: Int
  var words: [String]
  var yaml: String

  init(_ behaviour: String, line: Int, _ words: String..., yaml: String) {
    self.init(behaviour, line: line, words: words, yaml: yaml)
  }

  init(_ behaviour: String, line: Int, words: [String], yaml: String) {
    self.behaviour = behaviour
    self.line = line
    self.words = words
    self.yaml = yaml
  }

  var testDescription: String { behaviour }

  /// Reads the text on a host with CPUs 0 to 3, and looks for the error among those that come.
  func expect(_ location: SourceLocation = #_sourceLocation) {
    let errors = configErrors(yaml)
    let found = errors.contains { error in
      error.line == line && words.allSatisfy(error.description.contains) && error.exitCode == .configuration
    }
    #expect(found, "expected line \(line) with \(words), got:\n\(errors)", sourceLocation: location)
  }
}

/// A refusal whose configuration is one port of a switch with two workers. Lines count from the port's text.
func portRefusal(_ behaviour: String, line: Int, _ words: String..., port: String) -> Refusal {
  Refusal(behaviour, line: line + 2, words: words, yaml: "switch: {workers: [0, 1]}\nports:\n" + port)
}

/// The errors of a text, on a host with CPUs 0 to 3; empty when it is valid.
func configErrors(_ yaml: String) -> [ConfigError] {
  do throws(ConfigErrors) {
    _ = try SwitchConfig.read(yaml: yaml, file: "switch.yaml") { (0...3).contains($0) }
    return []
  } catch {
    return error.errors
  }
}

/// A valid configuration, on a host with CPUs 0 to 3.
func config(_ yaml: String) throws -> SwitchConfig {
  try SwitchConfig.read(yaml: yaml, file: "switch.yaml") { (0...3).contains($0) }
}
