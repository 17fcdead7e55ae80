/// Source ports by the tables of a running switch.
extension FlowPorts {
  /// Where a migration goes, and which tables spread it.
  struct Way {
    /// Addresses, dotted.
    var source: String
    var target: String
    /// Ports of the switch whose indirection tables spread the frames, and the acknowledgements.
    var table: String
    var backTable: String
  }

  /// A source port of each migration, so that their flows hash apart by the switch's own tables.
  /// - Parameter name: of the case, for the errors.
  static func chosen(for name: String, _ ways: [Way], _ probe: any SwitchProbe) async throws -> [UInt16] {
    let tables = try await probe.indirection()
    let flows = try ways.map { way in
      guard let table = tables[way.table] ?? tables["default"], table.count == 128 else {
        throw ExperimentError(.failed, "\(name): the switch shows no indirection table")
      }
      return Flow(
        source: bytes(way.source), destination: bytes(way.target), destinationPort: LabMigrations.port, forward: table,
        backward: tables[way.backTable] ?? table)
    }
    guard let ports = FlowPorts().choose(flows, from: LabMigrations.firstSourcePort) else {
      throw ExperimentError(.failed, "\(name): no source ports hash apart by the switch's tables")
    }
    return ports
  }

  private static func bytes(_ address: String) -> [UInt8] { address.split(separator: ".").compactMap { UInt8($0) } }
}
