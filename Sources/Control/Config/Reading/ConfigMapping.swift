import Units
import Yams

/// One mapping of the document, with what messages need to name it; its keys are known to be legal. A key whose value is
/// `null` counts as left out.
///
/// The readers below report a fault and return nil (or the value given for a missing key) when a value is wrong.
struct ConfigMapping {
  let faults: ConfigFaults
  /// What messages call this mapping: `switch`, `port vm1`, `port vm1: vlan`.
  var path: String
  let place: ConfigPlace
  private let values: [String: Node]
  /// Keys whose value is `null`.
  private let nulls: Set<String>
  /// Keys that were probably meant by unknown ones.
  private let misspelt: Set<String>

  /// The path of the whole document.
  static let root = "configuration"

  /// Refuses what is not a mapping, and each key that is unknown. Ports, uplinks and teams add their name to the
  /// path.
  init?(_ node: Node, _ keys: ConfigKeys, path: String, example: String, faults: ConfigFaults) {
    guard case .mapping(let mapping) = node else {
      faults.add(node.line, path, "must be a mapping", fix: "write e.g. \(example)")
      return nil
    }
    var path = path
    if let name = mapping["name"]?.scalar?.string, ["port", "uplink", "team"].contains(path) { path += " \(name)" }
    var values: [String: Node] = [:]
    var nulls: Set<String> = []
    var misspelt: Set<String> = []
    for (key, value) in mapping {
      guard let word = key.scalar?.string else {
        faults.add(key.line, path, "a key must be a word", fix: "write key: value")
        continue
      }
      if keys.known.contains(word) {
        if value.isNull { nulls.insert(word) } else { values[word] = value }
      } else {
        let meant = nearestWord(to: word, among: keys.known)
        if let meant { misspelt.insert(meant) }
        faults.add(
          key.line, path, "unknown key '\(word)'",
          fix: meant.map { "did you mean '\($0)'?" }
            ?? "the keys of \(keys.kind) are \(keys.known.joined(separator: ", "))")
      }
    }
    self.faults = faults
    self.path = path
    self.values = values
    self.nulls = nulls
    self.misspelt = misspelt
    place = ConfigPlace(file: faults.file, line: node.line, keys: values.mapValues(\.line))
  }

  /// Whether an unknown key was told to be meant as this one.
  func isMisspelt(_ key: String) -> Bool { misspelt.contains(key) }

  func has(_ key: String) -> Bool { values[key] != nil }

  /// Whether the key is written with the value `null`.
  func isNull(_ key: String) -> Bool { nulls.contains(key) }

  subscript(key: String) -> Node? { values[key] }

  func refuse(_ key: String, _ fault: String, fix: String) {
    faults.add(place.line(of: key), "\(path): \(key)", fault, fix: fix)
  }

  /// A fault of the mapping itself.
  func refuse(_ fault: String, fix: String) { faults.add(place.line, path, fault, fix: fix) }

  /// A required key that is missing is reported with what to write.
  func require(_ key: String, example: String) -> Bool {
    if has(key) { return true }
    if isMisspelt(key) { return false }
    refuse("'\(key)' is missing", fix: "write e.g. \(key): \(example)")
    return false
  }

  /// The text of a single value.
  func text(_ key: String, example: String) -> String? {
    guard let node = values[key] else { return nil }
    guard case .scalar(let scalar) = node else {
      refuse(key, "must be a single value", fix: "write e.g. \(key): \(example)")
      return nil
    }
    return scalar.string
  }

  /// The elements of a list; an empty value is an empty list.
  func list(_ key: String, example: String, mayBeEmpty: Bool = true) -> [Node] {
    guard let node = values[key] else { return [] }
    let elements: [Node]
    switch node {
    case .sequence(let sequence): elements = Array(sequence)
    case .scalar(let scalar) where scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null":
      elements = []
    default:
      refuse(key, "must be a list", fix: "write e.g. \(key): \(example)")
      return []
    }
    if elements.isEmpty && !mayBeEmpty { refuse(key, "the list is empty", fix: "write e.g. \(key): \(example)") }
    return elements
  }

  func mapping(_ key: String, _ keys: ConfigKeys, example: String) -> ConfigMapping? {
    values[key].flatMap {
      ConfigMapping(
        $0, keys, path: path == Self.root ? key : "\(path): \(key)", example: "\(key): \(example)", faults: faults)
    }
  }
}

extension Node {
  /// From 1. Every node of a parsed text has a mark.
  var line: Int { mark?.line ?? 1 }

  /// Written as `null`; YAML's other spellings, a tilde and nothing at all, are as likely a slip of the hand.
  var isNull: Bool { scalar.map { $0.string == "null" && $0.style == .plain } ?? false }
}
