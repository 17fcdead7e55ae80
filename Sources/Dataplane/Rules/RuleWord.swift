/// What the longest matching prefix of an address says, in the 30 bits of a `RangeMaps` value: nothing, one rule, or the
/// index of a pair of an access rule and a meter.
///
/// Bits 28-29: 1 allow, 2 deny, 3 meter, 0 a pair (0 as a whole: nothing). Bits 20-27: the prefix length, by which rules
/// on the remote and on the local address are compared. Bits 0-19: the rule's cell.
enum RuleWord {
  static let none: UInt32 = 0
  static let longestIndex = 1 << 20 - 1

  static func rule(_ action: RuleAction, length: Int, cell: UInt32) -> UInt32 {
    precondition(cell <= longestIndex, "a cell's number has 20 bits")
    return UInt32(action.rawValue) << 28 | UInt32(length) << 20 | cell
  }

  @inline(__always) static func cell(_ word: UInt32) -> UInt32 { word & (1 << 20 - 1) }
  @inline(__always) static func isDeny(_ word: UInt32) -> Bool { word >> 28 == 2 }
  @inline(__always) static func isMeter(_ word: UInt32) -> Bool { word >> 28 == 3 }
  @inline(__always) static func isPair(_ word: UInt32) -> Bool { word >> 28 == 0 && word != 0 }
  @inline(__always) private static func length(_ word: UInt32) -> UInt32 { word >> 20 & 0xFF }

  /// Of an access rule on the remote and one on the local address, the one with the longer prefix; of equally long ones a
  /// deny, else the remote one.
  @inline(__always) static func deciding(_ remote: UInt32, _ local: UInt32) -> UInt32 {
    if remote == none { return local }
    if local == none || length(remote) > length(local) { return remote }
    if length(local) > length(remote) { return local }
    return isDeny(local) && !isDeny(remote) ? local : remote
  }

  /// Of a meter on the remote and one on the local address, the one that counts: the longer prefix, else the remote one.
  @inline(__always) static func counting(_ remote: UInt32, _ local: UInt32) -> UInt32 {
    if remote == none { return local }
    return local == none || length(remote) >= length(local) ? remote : local
  }
}

/// The access rule and the meter with the longest prefixes.
struct Decision: Hashable {
  var access: UInt32 = RuleWord.none
  var meter: UInt32 = RuleWord.none
}
