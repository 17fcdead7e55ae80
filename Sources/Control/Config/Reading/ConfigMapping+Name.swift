/// Names of ports, uplinks, teams and classes.
extension ConfigMapping {
  /// The required `name` of a port, uplink or team; nil when it is missing or no name.
  func portName(_ example: String) -> String? {
    guard let name = name(of: "port", example: example) else { return nil }
    guard name != QueueStatus.defaultQueuePort else {
      refuse("name", "'\(name)' is the default queue's name", fix: "write another name")
      return nil
    }
    return name
  }

  /// The required `name` of a kind of thing; nil when it is missing or no name.
  func name(of kind: String, example: String) -> String? {
    guard require("name", example: example), let name = text("name", example: example) else { return nil }
    let isLegal = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isLegal, (1...PortConfig.Limits.name).contains(name.utf8.count) else {
      refuse(
        "name", "'\(name)' is not a \(kind)'s name",
        fix: "write 1 to \(PortConfig.Limits.name) letters, digits, dots, dashes or underscores")
      return nil
    }
    return name
  }
}
