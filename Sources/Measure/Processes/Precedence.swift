/// What stands in front of a measured program's command.
enum Precedence {
  /// Other work of the machine shall disturb little.
  /// - Parameter cpus: that it is held to; nil: all.
  static func command(cpus: [Int]? = nil) -> [String] {
    ["nice", "-n", "-10"] + (cpus.map { ["taskset", "-c", $0.map(String.init).joined(separator: ",")] } ?? [])
  }
}
