import Rings

/// Lays the rules of a port out in memory, one direction after the other.
struct RuleSetBuilder {
  let memory: RuleMemory
  let port: UInt16
  /// What the rule sets point to: theirs who built them.
  private(set) var allocations: [UnsafeMutableRawPointer] = []

  init(memory: RuleMemory, port: UInt16) { (self.memory, self.port) = (memory, port) }

  mutating func build(_ rules: PortRules.Direction, isIn: Bool, keepsFlows: Bool) -> UnsafePointer<RuleSet> {
    var builder = AddressTableBuilder()
    let remote = builder.add(rules.basic.filter { $0.end == .remote })
    let local = builder.add(rules.basic.filter { $0.end == .local })
    var vectors = ExtendedTableBuilder(rules.extended)
    var extended = ExtendedTable(
      rules: place(vectors.entries), vectors: place([UInt64]()), protocols: place([UInt32]()))
    extended.protocols = place(vectors.build(into: &extended, &builder))
    extended.vectors = place(vectors.vectors)
    let denies =
      rules.extended.contains { $0.action == .deny }
      || rules.basic.contains { $0.action == .deny && $0.address.isIP }
    let judgesMAC = rules.basic.contains { !$0.address.isIP }
    let judgesFlows = keepsFlows || !rules.extended.isEmpty
    let remoteView = EndView(remote, in: builder.maps, isSource: isIn)
    let localView = EndView(local, in: builder.maps, isSource: !isIn)
    let judgesBothEnds = remote.hasIP && local.hasIP
    let set = RuleSet(
      memory: memory, port: port, isIn: isIn,
      maps: RangeMaps(lines: place(builder.maps.words)),
      pairs: place(builder.pairs), remote: remote, local: local,
      first: remote.hasIP ? remoteView : localView, second: localView, extended: extended,
      judgesMAC: judgesMAC, judgesBothEnds: judgesBothEnds, hasLowerHalves: builder.hasLowerHalves, deniesIP: denies,
      judgesOneEnd: !judgesMAC && !judgesFlows && !judgesBothEnds, judgesFlows: judgesFlows,
      keepsFlows: keepsFlows, restCell: rules.restCell)
    return place([set])
  }

  /// A copy of the elements, which are trivial, in memory of its own, aligned to cache lines.
  private mutating func place<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
    let memory = LargeMemory.allocate(byteCount: elements.count * MemoryLayout<Element>.stride)
    allocations.append(memory)
    let typed = memory.bindMemory(to: Element.self, capacity: elements.count)
    typed.initialize(from: elements, count: elements.count)
    return UnsafePointer(typed)
  }
}

extension BasicRule.Address {
  /// Whether it is about IP addresses; else about MAC addresses.
  public var isIP: Bool {
    switch self {
    case .any, .prefix: true
    case .anyMAC, .mac: false
    }
  }
}
