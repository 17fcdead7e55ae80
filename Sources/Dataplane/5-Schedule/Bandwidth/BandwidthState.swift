import CLinux
import Units

/// Bandwidth management at work: the trees of shares, the rates, and each worker's queues. Control makes one for a plan;
/// workers use it from the table that names it on.
public final class BandwidthState: @unchecked Sendable {
  public let plan: BandwidthPlan
  public let workers: Int
  let view: UnsafeMutablePointer<BandwidthView>
  private var tables: [ClassTable] = []
  private let words: [(identity: LimitIdentity, word: LimitWord)]
  /// What each slot is: a class of a port, or what is of none (`class` is nil).
  public let slots: [(port: Int, class: Int?)]

  /// - Parameters:
  ///   - heldChunks: the most chunks of the arena that may wait at one worker; fewer, where it can hold fewer frames.
  ///   - before: what workers use until now. What it has let out counts.
  public init(_ plan: BandwidthPlan, workers: Int, heldChunks: Int, after before: BandwidthState? = nil) {
    self.plan = plan
    self.workers = workers
    var layout = BandwidthLayout(plan)
    layout.build()
    slots = layout.slots
    view = .allocate(capacity: 1)
    var known = Dictionary(before?.words.map { ($0.identity, $0.word) } ?? []) { first, _ in first }
    words = layout.limits.map { ($0.identity, known.removeValue(forKey: $0.identity) ?? LimitWord()) }
    let limits = UnsafeMutablePointer<RateLimit>.allocate(capacity: max(1, layout.limits.count))
    for (i, limit) in layout.limits.enumerated() {
      (limits + i).initialize(
        to: RateLimit(words[i].word.pointer, ticksPerByte: limit.ticksPerByte, depth: limit.depth))
    }
    let portCount = (plan.ports.map(\.index).max() ?? -1) + 1
    let inputs = UnsafeMutablePointer<BandwidthInput>.allocate(capacity: max(1, portCount))
    let outputs = UnsafeMutablePointer<BandwidthOutput>.allocate(capacity: max(1, portCount))
    for input in layout.inputs {
      let table = ClassTable(plan.ports[input.place].classes.map(\.match))
      tables.append(table)
      (inputs + input.port).initialize(to: BandwidthInput(input, table, plan.ports[input.place]))
    }
    for output in layout.outputs { (outputs + output.port).initialize(to: output.value) }
    let nodeCount = layout.tree.nodes.count
    let queueCount = workers * layout.leaves.count
    view.initialize(
      to: BandwidthView(
        inputs: inputs, outputs: outputs, leaves: Self.copy(layout.leaves), leafCount: layout.leaves.count,
        limits: limits, nodes: Self.copy(layout.tree.nodes), finish: Self.words(nodeCount),
        waiting: Self.words(nodeCount),
        levelTime: Self.words(layout.tree.levels), waiters: .allocate(capacity: max(1, workers * nodeCount)),
        nodeCount: nodeCount, queues: Self.queues(queueCount),
        figures: Self.words(workers * slots.count * ClassFigures.stride), slotCount: slots.count,
        slack: RateLimit.ticks(plan.latency) / 8, idle: RateLimit.ticks(plan.latency) / 12,
        ahead: RateLimit.ticks(plan.latency) / 4, heldChunks: min(heldChunks, WaitingFrames.frameLimit / 4 * 3)))
    view.pointee.waiters.initialize(repeating: 0, count: workers * nodeCount)
  }

  deinit {
    for table in tables { table.deallocate() }
    for port in plan.ports { view.pointee.inputs[port.index].marks.deallocate() }
    view.pointee.deallocate()
    view.deallocate()
  }

  private static func words(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    // SAFETY: whole cache lines, aligned to them, all of it initialised.
    let bytes = (max(1, count) + 7) / 8 * 64
    return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .initializeMemory(as: UInt64.self, repeating: 0, count: bytes / 8)
  }

  private static func queues(_ count: Int) -> UnsafeMutablePointer<LeafQueue> {
    // SAFETY: a cache line each, all of them initialised.
    UnsafeMutableRawPointer.allocate(byteCount: max(1, count) * MemoryLayout<LeafQueue>.stride, alignment: 64)
      .initializeMemory(as: LeafQueue.self, repeating: LeafQueue(), count: count)
  }

  private static func copy<Value>(_ values: [Value]) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: max(1, values.count))
    memory.initialize(from: values, count: values.count)
    return memory
  }
}

/// How frames that a port sends are told apart.
struct BandwidthInput {
  var classes: ClassTable
  /// Of its first class; the one behind its last is for what is of none.
  var firstSlot: Int32
  var isUplink: Bool
  var trustsPriority: Bool
  /// Index among the limits; -1: none.
  var storm: Int32
  /// For each class: DSCP and priority to set, 255: as it is.
  var marks: UnsafeMutablePointer<(dscp: UInt8, priority: UInt8)>

  init(_ input: BandwidthLayout.Input, _ table: ClassTable, _ port: BandwidthPlan.Port) {
    classes = table
    firstSlot = Int32(input.firstSlot)
    isUplink = port.isUplink
    trustsPriority = port.trustsPriority
    storm = input.storm
    marks = .allocate(capacity: port.classes.count + 1)
    for (i, each) in port.classes.enumerated() {
      (marks + i).initialize(to: (each.setDscp ?? 255, each.setPriority ?? 255))
    }
    (marks + port.classes.count).initialize(to: (255, 255))
  }
}

/// Where frames that leave by a port wait.
struct BandwidthOutput {
  /// Its leaves: one for each slot, and that for each group of priorities.
  var firstLeaf: Int32 = 0
  /// Group of each priority, four bits each.
  var groups: UInt32 = 0
}

/// The same as workers hold it: pointers only.
struct BandwidthView {
  /// Index: port.
  let inputs: UnsafeMutablePointer<BandwidthInput>
  let outputs: UnsafeMutablePointer<BandwidthOutput>
  let leaves: UnsafeMutablePointer<Leaf>
  let leafCount: Int
  let limits: UnsafeMutablePointer<RateLimit>
  let nodes: UnsafeMutablePointer<ShareNode>
  /// Index: node. The virtual time up to which the node has had its share.
  let finish: UnsafeMutablePointer<UInt64>
  /// Index: node. Bit n: frames below the node wait at worker n for a share of what its level shares.
  let waiting: UnsafeMutablePointer<UInt64>
  /// Index: level. Its virtual time.
  let levelTime: UnsafeMutablePointer<UInt64>
  /// Index: worker, node. Leaves below the node that wait at the worker.
  let waiters: UnsafeMutablePointer<UInt16>
  let nodeCount: Int
  /// Index: worker, leaf.
  let queues: UnsafeMutablePointer<LeafQueue>
  /// Index: worker, slot, figure.
  let figures: UnsafeMutablePointer<UInt64>
  let slotCount: Int
  /// How far, in virtual time, a node may be ahead of one that waits.
  let slack: UInt64
  /// A rate that nobody has used for so long is free for whoever is ahead.
  let idle: UInt64
  /// How far ahead of its rate a link takes what has a reserve; strict priorities half of it.
  let ahead: UInt64
  let heldChunks: Int

  fileprivate func deallocate() {
    inputs.deallocate()
    outputs.deallocate()
    leaves.deallocate()
    limits.deallocate()
    nodes.deallocate()
    finish.deallocate()
    waiting.deallocate()
    levelTime.deallocate()
    waiters.deallocate()
    queues.deallocate()
    figures.deallocate()
  }
}
