import CLinux

/// How workers share rates without a scheduler between them: each draws bytes for a leaf from the words all share, and
/// sends against that credit.
///
/// A draw asks, in this order: has every maximum on the way been paid; has the leaf a reserve left, or has it not had
/// more than its share; does the link take it now. Shares are kept by virtual time, as in start-time fair queueing
/// (Goyal, Vin and Cheng, 1997): a node that is ahead of one that waits may take only what the link leaves idle.
extension Worker {
  /// Draws for a leaf that has not the credit for a frame of `cost` bytes. False when it must wait: `blockedUntil` says
  /// how long.
  @inline(never) mutating func draw(
    _ cost: Int, _ leaf: UnsafeMutablePointer<Leaf>, _ queue: UnsafeMutablePointer<LeafQueue>,
    _ view: UnsafeMutablePointer<BandwidthView>
  ) -> Bool {
    let ticks = now << RateLimit.shift
    let limits = view.pointee.limits
    let ofClass = max(paid(leaf.pointee.classMaximum, limits), paid(leaf.pointee.liveMigrationLimit, limits))
    if ofClass > ticks { return block(leaf, queue, view, until: ofClass, nodes: 0) }
    let standing = standing(of: leaf, view, ticks)
    let idle = standing.isAhead ? view.pointee.idle : 0
    if paid(leaf.pointee.portMaximum, limits) &+ idle > ticks {
      return blockAtPort(leaf, queue, view, standing, ticks)
    }
    if leaf.pointee.link >= 0 {
      var paid = paid(leaf.pointee.link, limits)
      if standing.isAhead {
        paid &+= view.pointee.idle
      } else if standing.isReserved {
        paid = paid > view.pointee.ahead ? paid &- view.pointee.ahead : 0
      } else if leaf.pointee.isStrict {
        paid = paid > view.pointee.ahead / 2 ? paid &- view.pointee.ahead / 2 : 0
      }
      if paid > ticks {
        // Who is ahead looks again soon: its turn comes with a sibling's draw.
        return block(leaf, queue, view, until: standing.isAhead ? ticks : paid, nodes: standing.nodes)
      }
    }
    let bytes = max(Int(leaf.pointee.quantum), cost) &- queue.pointee.credit
    if leaf.pointee.portMaximum >= 0,
      !limits[Int(leaf.pointee.portMaximum)].charge(bytes, at: ticks, ifPaidBy: ticks &- idle)
    {
      return blockAtPort(leaf, queue, view, standing, ticks)
    }
    take(bytes, leaf, queue, view, ticks)
    return true
  }

  private mutating func blockAtPort(
    _ leaf: UnsafeMutablePointer<Leaf>, _ queue: UnsafeMutablePointer<LeafQueue>,
    _ view: UnsafeMutablePointer<BandwidthView>, _ standing: Standing, _ ticks: UInt64
  ) -> Bool {
    let paid = paid(leaf.pointee.portMaximum, view.pointee.limits)
    let nodes = min(standing.nodes, leaf.pointee.nodesBelowPort)
    return block(leaf, queue, view, until: standing.isAhead ? ticks : paid, nodes: nodes)
  }

  @inline(__always) private func paid(_ limit: Int32, _ limits: UnsafeMutablePointer<RateLimit>) -> UInt64 {
    limit < 0 ? 0 : limits[Int(limit)].paid
  }

  @inline(__always)
  private func charge(_ limit: Int32, _ limits: UnsafeMutablePointer<RateLimit>, _ bytes: Int, _ ticks: UInt64) {
    if limit >= 0 { limits[Int(limit)].charge(bytes, at: ticks) }
  }

  /// What a leaf may claim: a reserve, a share, or no more than what is idle.
  private struct Standing {
    var isReserved = false
    var isAhead = false
    /// Nodes from the leaf up, at all of which it would wait: who is ahead in its port does not give up the port's share.
    var nodes: Int32 = 0
  }

  private func standing(
    of leaf: UnsafeMutablePointer<Leaf>, _ view: UnsafeMutablePointer<BandwidthView>, _ ticks: UInt64
  ) -> Standing {
    var result = Standing()
    var node = leaf.pointee.node
    while node >= 0 {
      let place = view.pointee.nodes + Int(node)
      result.nodes &+= 1
      if !result.isReserved {
        let reserve = place.pointee.reserve
        if reserve >= 0 && view.pointee.limits[Int(reserve)].paid <= ticks {
          result.isReserved = true
        } else if !result.isAhead, case let share = share(of: node, place, view),
          share.start > share.slowest &+ view.pointee.slack
        {
          result.isAhead = true
        }
      }
      node = place.pointee.parent
    }
    return result
  }

  /// Where a node stands in virtual time, and the one furthest back of those that wait beside it.
  @inline(__always) private func share(
    of node: Int32, _ place: UnsafeMutablePointer<ShareNode>, _ view: UnsafeMutablePointer<BandwidthView>
  ) -> (start: UInt64, slowest: UInt64) {
    if place.pointee.ticksPerByte == 0 { return (0, .max &- view.pointee.slack) }
    let time = ml_load_relaxed_u64(view.pointee.levelTime + Int(place.pointee.level))
    let first = Int(place.pointee.firstSibling)
    var slowest = UInt64.max &- view.pointee.slack
    for sibling in first..<first &+ Int(place.pointee.siblings)
    where sibling != Int(node) && ml_load_relaxed_u64(view.pointee.waiting + sibling) != 0 {
      slowest = min(slowest, max(time, ml_load_relaxed_u64(view.pointee.finish + sibling)))
    }
    return (max(time, ml_load_relaxed_u64(view.pointee.finish + Int(node))), slowest)
  }

  /// Charges a draw to every share on the way, and to every rate but the port's.
  private mutating func take(
    _ bytes: Int, _ leaf: UnsafeMutablePointer<Leaf>, _ queue: UnsafeMutablePointer<LeafQueue>,
    _ view: UnsafeMutablePointer<BandwidthView>, _ ticks: UInt64
  ) {
    let limits = view.pointee.limits
    charge(leaf.pointee.classMaximum, limits, bytes, ticks)
    charge(leaf.pointee.liveMigrationLimit, limits, bytes, ticks)
    charge(leaf.pointee.link, limits, bytes &+ Int(queue.pointee.framesOwed &* leaf.pointee.overhead), ticks)
    var node = leaf.pointee.node
    var isReserved = false
    while node >= 0 {
      let place = view.pointee.nodes + Int(node)
      let reserve = place.pointee.reserve
      if reserve >= 0, case let limit = limits[Int(reserve)], isReserved || limit.paid <= ticks {
        // What a class has for long beyond its port's reserve is no debt of the port's.
        let latest =
          isReserved ? ticks &+ max(view.pointee.ahead, 8 &* UInt64(Double(bytes) * limit.ticksPerByte)) : .max
        _ = limit.charge(bytes, at: ticks, ifPaidBy: latest)
        isReserved = true
      } else if !isReserved && place.pointee.ticksPerByte > 0 {
        chargeShare(of: node, place, view, bytes)
      }
      node = place.pointee.parent
    }
    queue.pointee.credit &+= bytes
    queue.pointee.framesOwed = 0
  }

  private func chargeShare(
    of node: Int32, _ place: UnsafeMutablePointer<ShareNode>, _ view: UnsafeMutablePointer<BandwidthView>, _ bytes: Int
  ) {
    let (start, slowest) = share(of: node, place, view)
    // What the link left idle is not held against who took it.
    let begin = min(start, slowest &+ view.pointee.slack)
    let finish = view.pointee.finish + Int(node)
    let cost = UInt64(Double(bytes) * place.pointee.ticksPerByte)
    while true {
      let old = ml_load_relaxed_u64(finish)
      if ml_compare_exchange_u64(finish, old, max(begin, min(old, slowest &+ view.pointee.slack)) &+ cost) { break }
    }
    let time = view.pointee.levelTime + Int(place.pointee.level)
    let reached = min(begin, slowest)
    if reached > ml_load_relaxed_u64(time) { ml_store_relaxed_u64(time, reached) }
  }

  /// Notes that a leaf must wait, for how long, and at which nodes it waits for its share.
  private mutating func block(
    _ leaf: UnsafeMutablePointer<Leaf>, _ queue: UnsafeMutablePointer<LeafQueue>,
    _ view: UnsafeMutablePointer<BandwidthView>, until ticks: UInt64, nodes: Int32
  ) -> Bool {
    // Rounded up, and not so soon that a worker would wake for every frame.
    queue.pointee.blockedUntil = max((ticks >> RateLimit.shift) &+ 1, now &+ Self.shortestWait)
    wait(leaf, queue, view, atNodes: nodes)
    return false
  }

  /// A worker that waits for a rate looks again after so long at the earliest.
  private static var shortestWait: UInt64 { 50_000 }

  /// Tells other workers at which nodes this one waits for a share: `count` of them, from the leaf up.
  mutating func wait(
    _ leaf: UnsafeMutablePointer<Leaf>, _ queue: UnsafeMutablePointer<LeafQueue>,
    _ view: UnsafeMutablePointer<BandwidthView>, atNodes count: Int32
  ) {
    let before = Int32(queue.pointee.waitingNodes)
    if before == count { return }
    queue.pointee.waitingNodes = Int8(count)
    let waiters = view.pointee.waiters + index &* view.pointee.nodeCount
    let bit = UInt64(1) << UInt64(index)
    var node = leaf.pointee.node
    for depth in 0..<max(before, count) {
      let waiter = waiters + Int(node)
      let word = view.pointee.waiting + Int(node)
      if depth >= before {
        waiter.pointee &+= 1
        if waiter.pointee == 1 { _ = ml_fetch_or_u64(word, bit) }
      } else if depth >= count {
        waiter.pointee &-= 1
        if waiter.pointee == 0 { _ = ml_fetch_and_u64(word, ~bit) }
      }
      node = view.pointee.nodes[Int(node)].parent
    }
  }
}
