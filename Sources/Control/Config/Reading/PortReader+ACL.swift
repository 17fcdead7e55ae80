import Yams

/// `acl: [{action: deny, direction: in, remote: 10.9.0.0/16}, …]`.
extension PortReader {
  /// The port's rules; wrong ones are reported.
  func acl() -> [ACLRule] {
    mapping.list("acl", example: "[\(RuleReader.example)]").flatMap { node in
      RuleReader(node, path: "\(mapping.path): acl", faults: mapping.faults)?.rules() ?? []
    }
  }
}
