import Rings

/// The frames that wait at one worker for a rate: in flows, one after the other inside a flow. Bounded in frames, flows and
/// chunks; memory is taken when the first plan comes.
struct WaitingFrames {
  static var frameLimit: Int { 8192 }
  /// Flows that can wait at once; a power of two.
  static var flowLimit: Int { 2048 }
  static let none: Int32 = -1

  struct Place {
    var frame: Frame
    /// When the frame came.
    var since: UInt64
    /// As in `WaitingFrames`, when the frame came.
    var generation: UInt32
    /// Bytes it is charged.
    var cost: Int32
    var output: UInt16
    var next: Int32
  }

  struct Flow {
    var leaf: Int32 = -1
    var key: UInt32 = 0
    var first = WaitingFrames.none
    var last = WaitingFrames.none
    /// The flow behind it in its leaf's turn.
    var next = WaitingFrames.none
    var bytes: Int32 = 0
    /// Bytes it may send in this turn; below 0: that it sent too many (deficit round robin).
    var deficit: Int32 = 0
    /// In its leaf's list, with frames or without.
    var isListed = false
    var codel = CoDel()
  }

  private(set) var places: UnsafeMutablePointer<Place>!
  private(set) var flows: UnsafeMutablePointer<Flow>!
  /// Leaves with frames.
  private(set) var active: UnsafeMutablePointer<Int32>!
  var activeCount = 0
  /// Where the round of leaves begins; another one each time.
  var turn = 0
  private var free = Self.none
  private(set) var count = 0
  private(set) var chunks = 0
  /// Counts calls of `markAll`; and frames left of those that waited at the last one.
  private var generation: UInt32 = 0
  private(set) var marked = 0

  mutating func allocate() {
    places = .allocate(capacity: Self.frameLimit)
    flows = .allocate(capacity: Self.flowLimit)
    active = .allocate(capacity: Self.flowLimit)
    flows.initialize(repeating: Flow(), count: Self.flowLimit)
    for i in 0..<Self.frameLimit {
      let next = i + 1 < Self.frameLimit ? Int32(i + 1) : Self.none
      (places + i).initialize(to: Place(frame: Frame(), since: 0, generation: 0, cost: 0, output: 0, next: next))
    }
    free = 0
  }

  func deallocate() {
    places?.deallocate()
    flows?.deallocate()
    active?.deallocate()
  }

  var isFull: Bool { free == Self.none }

  /// The flow of a leaf with this key: its place while it has one, else a free one; `none` when there is none near.
  func flow(_ leaf: Int32, _ key: UInt32) -> Int32 {
    let home = key ^ UInt32(truncatingIfNeeded: leaf) &* 0x9E37_79B1
    var found = Self.none
    for i in 0..<16 {
      let slot = Int32(truncatingIfNeeded: (home &+ UInt32(i)) & UInt32(Self.flowLimit - 1))
      let flow = flows + Int(slot)
      if flow.pointee.key == key && flow.pointee.leaf == leaf { return slot }
      if found == Self.none && !flow.pointee.isListed { found = slot }
    }
    if found != Self.none {
      flows[Int(found)] = Flow()
      flows[Int(found)].leaf = leaf
      flows[Int(found)].key = key
    }
    return found
  }

  /// Appends a frame to a flow. There must be room.
  mutating func append(_ frame: Frame, cost: Int32, output: UInt16, since: UInt64, to flow: Int32) {
    let place = free
    let at = places + Int(place)
    free = at.pointee.next
    at.pointee = Place(
      frame: frame, since: since, generation: generation, cost: cost, output: output, next: Self.none)
    count &+= 1
    chunks &+= Int(frame.parts)
    let target = flows + Int(flow)
    if target.pointee.last == Self.none {
      target.pointee.first = place
    } else {
      places[Int(target.pointee.last)].next = place
    }
    target.pointee.last = place
    target.pointee.bytes &+= cost
  }

  /// The place of a flow's oldest frame.
  func first(of flow: Int32) -> UnsafeMutablePointer<Place> { places + Int(flows[Int(flow)].first) }

  /// Takes a flow's oldest frame out.
  mutating func removeFirst(of flow: Int32) -> Place {
    let source = flows + Int(flow)
    let place = source.pointee.first
    let taken = places[Int(place)]
    source.pointee.first = taken.next
    if taken.next == Self.none { source.pointee.last = Self.none }
    source.pointee.bytes &-= taken.cost
    places[Int(place)].next = free
    free = place
    count &-= 1
    chunks &-= Int(taken.frame.parts)
    if taken.generation != generation { marked &-= 1 }
    return taken
  }

  /// Marks all frames that wait now: `marked` is 0 when they have left.
  mutating func markAll() {
    generation &+= 1
    marked = count
  }
}
