import Units

/// Gathers what is wrong with a document while it is read, so that all of it is told at once.
final class ConfigFaults {
  let file: String
  private(set) var errors: [ConfigError] = []

  init(file: String) { self.file = file }

  /// How many there are so far.
  var count: Int { errors.count }

  /// `path` says what of the configuration is at fault: `switch`, `port vm1`.
  func add(_ line: Int?, _ path: String, _ fault: String, fix: String) {
    errors.append(ConfigError(file: file, line: line, fault: "\(path): \(fault)", fix: fix))
  }

  /// A quantity's text holds fault and fix already.
  func add(_ line: Int?, _ path: String, _ error: UnitError, example: String) {
    let parts = error.description.split(separator: "; ", maxSplits: 1)
    add(line, path, String(parts[0]), fix: parts.count == 2 ? String(parts[1]) : "write e.g. \(example)")
  }

  func check() throws(ConfigErrors) {
    if !errors.isEmpty { throw ConfigErrors(errors) }
  }
}
