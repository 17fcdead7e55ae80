import CLinux
import Ports
import Wire

/// The looks of many frames at the same rules, all of which name IP addresses of one end: what most ports have. As `look`,
/// with all that is the same for every frame read once.
extension Worker {
  @inline(never) mutating func lookAtOneEnd(_ slots: Range<Int>, _ rules: UnsafePointer<RuleSet>) {
    let maps = rules.pointee.maps
    for slot in slots { enterMap(slot, rules, maps) }
    for slot in slots {
      let look = looks + slot
      if look.pointee.second == RangeMapEntry.outside { continue }
      let reference = maps.references[Int(look.pointee.second)]
      look.pointee.first = reference
      maps.prefetchLine(reference)
    }
    if rules.pointee.hasLowerHalves {
      for slot in slots {
        let look = looks + slot
        let reference = maps.pass(
          look.pointee.first, look.pointee.firstHigh, isLine: Reference.isLine(look.pointee.first))
        look.pointee.first = reference
        maps.prefetchLine(reference)
      }
      endLooks(slots, rules, maps, hasLowerHalves: true)
    } else {
      endLooks(slots, rules, maps, hasLowerHalves: false)
    }
  }

  /// The last line, which nearly every look-up ends at.
  /// - Parameter hasLowerHalves: of the rules; a literal, seen as one because this is transparent.
  @_transparent private mutating func endLooks(
    _ slots: Range<Int>, _ rules: UnsafePointer<RuleSet>, _ maps: RangeMaps, hasLowerHalves: Bool
  ) {
    let cells = rules.pointee.memory.cells
    for slot in slots {
      let look = looks + slot
      let reference = look.pointee.first
      let isLine = hasLowerHalves ? Reference.isLowerHalf(reference) : Reference.isLine(reference)
      var word = maps.pass(
        reference, hasLowerHalves ? look.pointee.firstLow : look.pointee.firstHigh, isLine: isLine)
      if !Reference.isValue(word) {
        word = maps.value(reference, at: look.pointee.firstHigh, look.pointee.firstLow)
      }
      (look.pointee.first, look.pointee.second) = (word, RuleWord.none)
      cells.prefetch(RuleWord.cell(word), worker: index)
    }
  }

  /// Reads a frame's address. `second` is the reference that is on its way then, or says that `first` needs none.
  @inline(__always) private mutating func enterMap(_ slot: Int, _ rules: UnsafePointer<RuleSet>, _ maps: RangeMaps) {
    let look = looks + slot
    let frame = frames + slot
    let network = network(of: frame, headerFlags[slot])
    look.pointee.network = network
    // SAFETY: `network` has proved that the IP header lies in the first part.
    let header = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l2Length))
    let (root, reference, key): (UInt32, UInt32, UInt64)
    switch network {
    case .none, .unreadable: (root, reference, key) = (RuleWord.none, RangeMapEntry.outside, 0)
    case .ipv4:
      key = UInt64(header.big32(Int(rules.pointee.first.ipv4Offset))) << 32
      (root, reference) = (rules.pointee.first.ipv4, rules.pointee.first.ipv4Entry.reference(of: key))
    case .ipv6:
      let offset = Int(rules.pointee.first.ipv6Offset)
      key = header.big64(offset)
      look.pointee.firstLow = header.big64(offset + 8)
      (root, reference) = (rules.pointee.first.ipv6, rules.pointee.first.ipv6Entry.reference(of: key))
    }
    (look.pointee.firstHigh, look.pointee.second) = (key, reference)
    if reference == RangeMapEntry.outside {
      look.pointee.first = maps.value(root, at: key)
    } else {
      ml_prefetch_read(maps.references + Int(reference))
    }
  }
}
