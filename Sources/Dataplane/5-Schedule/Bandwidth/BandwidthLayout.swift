import Units

/// From a plan to leaves, nodes and limits, each with its number.
struct BandwidthLayout {
  let plan: BandwidthPlan
  var tree = ShareTree()
  var leaves: [Leaf] = []
  var limits: [Limit] = []
  var slots: [(port: Int, class: Int?)] = []
  var inputs: [Input] = []
  var outputs: [(port: Int, value: BandwidthOutput)] = []

  struct Limit {
    var ticksPerByte: Double
    var depth: UInt64
    var identity: LimitIdentity
  }

  struct Input {
    var port: Int
    /// Index in the plan.
    var place: Int
    var firstSlot: Int
    var storm: Int32 = -1
    var maximum: Int32 = -1
    var classMaximums: [Int32] = []
  }

  init(_ plan: BandwidthPlan) { self.plan = plan }

  /// Frames that leave by a port without a rate wait by class alone, whatever the port.
  private var unlimited = BandwidthPlan.Port(index: -1)

  mutating func build() {
    for (place, port) in plan.ports.enumerated() { addInput(port, place) }
    let liveMigration = plan.liveMigrationLimit.map { add($0, .liveMigration) } ?? -1
    let shared = addLeaves(of: unlimited, liveMigration)
    for port in plan.ports {
      outputs.append((port.index, port.rate == nil ? shared : addLeaves(of: port, liveMigration)))
    }
    // Reserves come behind the other limits.
    let first = Int32(limits.count)
    for reserve in tree.reserves { _ = add(reserve.rate, reserve.owner) }
    tree.shiftReserves(by: first)
  }

  private mutating func addInput(_ port: BandwidthPlan.Port, _ place: Int) {
    var input = Input(port: port.index, place: place, firstSlot: slots.count)
    for i in port.classes.indices { slots.append((port.index, i)) }
    slots.append((port.index, nil))
    if let maximum = port.maximum { input.maximum = add(maximum, .maximum(port: port.index), burst: port.burst) }
    input.classMaximums =
      port.classes.map { each in
        each.maximum.map { add($0, .classMaximum(port: port.index, class: each.name)) } ?? -1
      } + [-1]
    if let storm = port.stormLimit {
      // Its "bytes" are frames; a tenth of a second's may come at once.
      let ticks = 1e9 * Double(1 << RateLimit.shift) / Double(max(1, storm))
      input.storm = Int32(limits.count)
      limits.append(
        Limit(ticksPerByte: ticks, depth: RateLimit.ticks(.milliseconds(100)), identity: .storm(port: port.index)))
    }
    inputs.append(input)
  }

  private mutating func add(_ rate: BitRate, _ identity: LimitIdentity, burst: Bytes? = nil) -> Int32 {
    let ticksPerByte = RateLimit.ticksPerByte(rate)
    let depth = burst.map { UInt64(Double($0.count) * ticksPerByte) } ?? RateLimit.ticks(plan.latency)
    limits.append(Limit(ticksPerByte: ticksPerByte, depth: depth, identity: identity))
    return Int32(limits.count - 1)
  }

  /// The leaves of one link: priority group, then port, then class.
  private mutating func addLeaves(of output: BandwidthPlan.Port, _ liveMigration: Int32) -> BandwidthOutput {
    let link = output.rate.map { add($0, .link(port: output.index)) } ?? -1
    let first = Int32(leaves.count)
    let groups = output.groups.isEmpty ? [BandwidthPlan.Group(priorities: 0xFF, share: nil)] : output.groups
    // Shares to a hundredth of a percent; a strict group that is alone shares with nobody.
    let shared = groups.filter { $0.share != nil }
    let shareNodes = tree.addLevel(
      shared.map { .weight(Int(($0.share!.fraction * 10_000).rounded())) }, below: -1, sharing: output.rate,
      rest: .none)
    var next = 0
    for group in groups {
      let isShared = group.share != nil
      let parent = isShared ? shareNodes[next] : -1
      if isShared { next += 1 }
      addPorts(output, link, below: parent, isStrict: !isShared && !output.groups.isEmpty, liveMigration)
    }
    var map: UInt32 = 0
    for priority in 0..<8 {
      // What no group names is with priority 0.
      let group =
        groups.firstIndex { $0.priorities & (1 << UInt8(priority)) != 0 }
        ?? groups.firstIndex { $0.priorities & 1 != 0 } ?? 0
      map |= UInt32(group) << UInt32(4 * priority)
    }
    return BandwidthOutput(firstLeaf: first, groups: map)
  }

  private mutating func addPorts(
    _ output: BandwidthPlan.Port, _ link: Int32, below parent: Int32, isStrict: Bool, _ liveMigration: Int32
  ) {
    let portNodes =
      link < 0
      ? plan.ports.map { _ in -1 }
      : tree.addLevel(
        plan.ports.map(\.minimum),
        of: plan.ports.map { .reserve(link: output.index, port: $0.index, class: nil) }
          + [.reserve(link: output.index, port: nil, class: nil)],
        below: parent, sharing: output.rate, rest: output.rest)
    for (place, port) in plan.ports.enumerated() {
      let input = inputs[place]
      let shared = [port.maximum, output.rate].compactMap { $0 }.min()
      let classNodes = tree.addLevel(
        port.classes.map(\.minimum) + [.none],
        of: (port.classes.map(\.name) + [""]).map { .reserve(link: output.index, port: port.index, class: $0) },
        below: portNodes[place], sharing: shared, rest: .weight(1))
      for (i, node) in classNodes.enumerated() {
        let isDefault = i == port.classes.count
        var leaf = Leaf(node: node, link: link, portMaximum: input.maximum, overhead: Int32(output.overhead.count))
        leaf.nodesBelowPort = tree.depth(from: node, to: portNodes[place])
        leaf.classMaximum = input.classMaximums[i]
        if !isDefault && port.classes[i].match.isLiveMigration { leaf.liveMigrationLimit = liveMigration }
        leaf.slot = Int32(input.firstSlot + i)
        leaf.isStrict = isStrict
        let rates = [
          shared, isDefault ? nil : port.classes[i].maximum,
          leaf.liveMigrationLimit < 0 ? nil : plan.liveMigrationLimit,
        ]
        leaf.size(for: rates.compactMap { $0 }.min())
        leaves.append(leaf)
      }
    }
  }
}

extension ShareTree {
  /// Nodes from `node` up to, and without, `end`.
  func depth(from node: Int32, to end: Int32) -> Int32 {
    var (depth, at): (Int32, Int32) = (0, node)
    while at != end && at >= 0 {
      depth += 1
      at = nodes[Int(at)].parent
    }
    return depth
  }
}

extension Leaf {
  /// What fits the lowest rate on a frame's way.
  fileprivate mutating func size(for rate: BitRate?) {
    let bytes = rate.map { Double($0.bitsPerSecond) / 8 } ?? 1e12
    /// What the rate carries in so many seconds.
    func carried(_ seconds: Double, _ range: ClosedRange<Double>) -> Double {
      min(max(bytes * seconds, range.lowerBound), range.upperBound)
    }
    quantum = Int32(carried(100e-6, 1514...65536))
    largest = UInt32(carried(600e-6, 0...1e9))
    byteLimit = Int32(carried(20e-3, 98304...2_097_152))
    nanosecondsPerByte = 1e9 / bytes
  }
}
