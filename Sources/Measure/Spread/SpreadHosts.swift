/// The hosts of the spread experiment: a source and four targets, each a namespace joined by veth to the namespace of
/// the switch. The source's link is held to its rate.
enum SpreadHosts {
  static let targetCount = 4
  /// Host numbers in the lab.
  static let source = 1
  static func target(_ index: Int) -> Int { index + 2 }
}
