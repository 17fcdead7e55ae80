import Lab
import Steering

/// Counts the TCP packets that come to a host behind a later one of their flow, at all hosts of a lab from now on.
///
/// By the packets' own numbers (`OrderProgram`): TCP's counters of reordering also rise when segments are lost, and
/// emulated cores lose many.
struct OrderProbe: Sendable {
  private let program: OrderProgram

  init(_ lab: Lab) throws {
    program = try OrderProgram(
      hosts: (1...lab.spec.hosts).map { lab.spec.namespace(of: $0) }, device: LabSpec.hostDevice)
  }

  func reorderings() throws -> Int { Int(try program.count().outOfOrder) }
}
