/// What the rules of all ports write to: made once a switch, so that it outlives every change of the rules.
public struct RuleMemory: Sendable {
  public let cells: RuleCells
  public let flows: FlowTable
  public let drops: DropLog

  /// - Parameters:
  ///   - flows: how many flows stateful rules may keep.
  ///   - seed: a secret for the flow table.
  public init(workers: Int, flows: Int, seed: UInt64) {
    cells = RuleCells(workers: workers)
    self.flows = FlowTable(capacity: flows, seed: seed)
    drops = DropLog(workers: workers)
  }

  public func deallocate() {
    cells.deallocate()
    flows.deallocate()
    drops.deallocate()
  }
}
