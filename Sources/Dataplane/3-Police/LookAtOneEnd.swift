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
    // Most look-ups end at this line. Which do not is as random as the addresses are: noted without a branch.
    var count = 0
    for slot in slots {
      let look = looks + slot
      let line = look.pointee.second
      let isOutside = line == RangeMapEntry.outside
      let found = maps.reference(inLine: isOutside ? 0 : Int(line), look.pointee.firstHigh)
      let word = isOutside ? look.pointee.first : found
      (look.pointee.first, look.pointee.second) = (word, RuleWord.none)
      let isValue = Reference.isValue(word)
      unfinished[count] = UInt16(truncatingIfNeeded: slot)
      count &+= isValue ? 0 : 1
      cells.prefetch(isValue ? RuleWord.cell(word) : 0, worker: index)
    }
    for i in 0..<count {
      let look = looks + Int(unfinished[i])
      maps.prefetch(look.pointee.first, look.pointee.firstHigh)
    }
    for i in 0..<count {
      let look = looks + Int(unfinished[i])
      let word = maps.value(look.pointee.first, at: look.pointee.firstHigh, look.pointee.firstLow)
      look.pointee.first = word
      cells.prefetch(RuleWord.cell(word), worker: index)
    }
  }

  /// Reads a frame's address. `second` is the line that is on its way then, or says that `first` needs none.
  @inline(__always) private mutating func enterMap(_ slot: Int, _ rules: UnsafePointer<RuleSet>, _ maps: RangeMaps) {
    let look = looks + slot
    let frame = frames + slot
    let network = network(of: frame, headerFlags[slot])
    look.pointee.network = network
    // SAFETY: `network` has proved that the IP header lies in the first part.
    let header = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l2Length))
    let (root, line, key): (UInt32, UInt32, UInt64)
    switch network {
    case .none, .unreadable: (root, line, key) = (RuleWord.none, RangeMapEntry.outside, 0)
    case .ipv4:
      key = rules.pointee.first.ipv4Key(in: header)
      (root, line) = (rules.pointee.first.ipv4, rules.pointee.first.ipv4Entry.line(of: key))
    case .ipv6:
      (key, look.pointee.firstLow) = rules.pointee.first.ipv6Key(in: header)
      (root, line) = (rules.pointee.first.ipv6, rules.pointee.first.ipv6Entry.line(of: key))
    }
    (look.pointee.firstHigh, look.pointee.second) = (key, line)
    if line == RangeMapEntry.outside {
      look.pointee.first = maps.value(root, at: key)
    } else {
      maps.prefetch(line: Int(line))
    }
  }
}
