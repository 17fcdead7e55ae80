extension Worker {
  /// Lets frames go on whose fence has been passed; called before anything new is received. Returns how many.
  @inline(__always) mutating func releaseHeld(_ table: TableView) -> Int {
    guard let handOver, fenceCount > 0 else { return 0 }
    return releaseHeld(handOver, table)
  }

  @inline(never) private mutating func releaseHeld(_ handOver: HandOverView, _ table: TableView) -> Int {
    var released = 0
    var i = 0
    while i < fenceCount {
      let fence = fences[i]
      handOver.await(Int(fence.from), by: index)
      let isAnswered = handOver.isAnswered(fence.request, by: Int(fence.from))
      guard isAnswered || now &- fence.since > Fence.longestHold else {
        i &+= 1
        continue
      }
      let isExpired = !isAnswered || handOver.load(Int(fence.from), .gaveUp) != fence.gaveUp
      report(fence, isExpired, handOver)
      if fence.isMade { passedFences.insert(fence) }
      if let again = nextFence(after: fence, handOver) {
        handOver.add(index, place: Int(again.place), .fences, 1)
        handOver.add(index, place: Int(fence.place), .fences, ~0)
        fences[i] = again
        i &+= 1
        continue
      }
      fenceCount &-= 1
      fences[i] = fences[fenceCount]
      released &+= Int(fence.count)
      pass(on: fence, table)
      handOver.add(index, place: Int(fence.place), .fences, ~0)
    }
    return released
  }

  /// Several workers may have had the entry's frames: one is waited for after the other.
  private func nextFence(after fence: Fence, _ handOver: HandOverView) -> Fence? {
    guard let (place, move) = openMove(handOver, fence.steered, fence.port, fence.socket) else { return nil }
    var next = fence
    wait(at: &next, for: move, place, handOver)
    return next
  }

  /// Takes the fence's frames through the stages, as if they had just been received.
  private mutating func pass(on fence: Fence, _ table: TableView) {
    let entry = table.ports + Int(fence.port)
    var place = fence.first
    while place != HeldFrames.none {
      while count < Self.batchLimit && place != HeldFrames.none {
        let taken = held.take(place)
        frames[count] = taken.frame
        count &+= 1
        place = taken.next
      }
      run(table, from: fence.port, entry)
    }
  }

  private func report(_ fence: Fence, _ isExpired: Bool, _ handOver: HandOverView) {
    let place = Int(fence.place)
    let longest = max(handOver.load(index, place: place, .longestHold), now &- fence.since)
    handOver.store(index, place: place, .longestHold, longest)
    handOver.add(index, place: place, .heldFrames, UInt64(fence.count))
    if isExpired { handOver.add(index, place: place, .expired, 1) }
  }

  /// Drops the frames of fences whose port is gone: `isGone` says which.
  mutating func forgetFences(after old: TableView?, where isGone: (UInt16) -> Bool) {
    var i = 0
    while i < fenceCount {
      guard isGone(fences[i].port) else {
        i &+= 1
        continue
      }
      var place = fences[i].first
      while place != HeldFrames.none {
        var taken = held.take(place)
        dropWithPort(&taken.frame, fences[i].port, old)
        place = taken.next
      }
      handOver?.add(index, place: Int(fences[i].place), .fences, ~0)
      fenceCount &-= 1
      fences[i] = fences[fenceCount]
    }
  }
}
