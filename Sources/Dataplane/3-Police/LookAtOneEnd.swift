import CLinux
import Ports
import Wire

/// The looks of many frames at the same rules, all of which name IP addresses of one end: what most ports have. As `look`,
/// with all that is the same for every frame read once.
extension Worker {
  @inline(never) mutating func lookAtOneEnd(_ slots: Range<Int>, _ rules: UnsafePointer<RuleSet>) {
    let maps = rules.pointee.maps
    let cells = rules.pointee.memory.cells
    for slot in slots { enterMap(slot, rules, maps) }
    for slot in slots {
      let look = looks + slot
      if look.pointee.second == RangeMapEntry.outside { continue }
      let reference = maps.references[Int(look.pointee.second)]
      look.pointee.first = reference
      maps.prefetchLine(reference)
    }
    // Most look-ups end at this line. Which do not is as random as the addresses are: noted without a branch.
    var count = 0
    for slot in slots {
      let look = looks + slot
      let reference = look.pointee.first
      let word = maps.pass(reference, look.pointee.firstHigh, isLine: Reference.isLine(reference))
      (look.pointee.first, look.pointee.second) = (word, RuleWord.none)
      let isValue = Reference.isValue(word)
      unfinished[count] = UInt16(truncatingIfNeeded: slot)
      count &+= isValue ? 0 : 1
      cells.prefetch(isValue ? RuleWord.cell(word) : 0, worker: index)
    }
    for i in 0..<count { maps.prefetchLine(looks[Int(unfinished[i])].first) }
    for i in 0..<count {
      let look = looks + Int(unfinished[i])
      let word = maps.value(look.pointee.first, at: look.pointee.firstHigh, look.pointee.firstLow)
      look.pointee.first = word
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
      key = rules.pointee.first.ipv4Key(in: header)
      (root, reference) = (rules.pointee.first.ipv4, rules.pointee.first.ipv4Entry.reference(of: key))
    case .ipv6:
      (key, look.pointee.firstLow) = rules.pointee.first.ipv6Key(in: header)
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
