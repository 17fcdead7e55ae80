/// Where a part of the configuration was written, for messages.
///
/// Two places are always equal, so that two configurations are equal when they say the same, wherever they say it.
public struct ConfigPlace: Sendable, Equatable {
  /// As it was named to the program; `<argument>` for a fragment given over the control API.
  public var file: String
  /// The line of the mapping, from 1.
  public var line: Int
  /// The line of each key's value that was written.
  public var keys: [String: Int]

  public init(file: String = "<argument>", line: Int = 1, keys: [String: Int] = [:]) {
    self.file = file
    self.line = line
    self.keys = keys
  }

  /// The line of a key's value, or of the mapping when the key was left out.
  public func line(of key: String) -> Int { keys[key] ?? line }

  public static func == (a: ConfigPlace, b: ConfigPlace) -> Bool { true }
}
