import Lab
import Steering

/// Counts the TCP packets that come to a host behind a later one of their flow, from now on.
///
/// By the packets' own numbers (`OrderProgram`): TCP's counters of reordering also rise when segments are lost, and
/// emulated cores lose many.
struct OrderProbe: Sendable {
  private let program: OrderProgram

  /// - Parameters:
  ///   - hosts: their numbers; nil: all hosts of the lab.
  ///   - device: the one of each host that is looked at.
  init(_ lab: Lab, hosts: [Int]? = nil, device: String = LabSpec.hostDevice) throws {
    program = try OrderProgram(
      hosts: (hosts ?? Array(1...lab.spec.hosts)).map { lab.spec.namespace(of: $0) }, device: device)
  }

  func reorderings() throws -> Int { Int(try program.count().outOfOrder) }
}
