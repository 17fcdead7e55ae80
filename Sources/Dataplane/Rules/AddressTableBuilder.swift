import Units
import Wire

/// The roots of the maps that answer for one end's addresses: IPv4 and IPv6 (`RuleWord` values), and MAC.
struct AddressTable {
  var ipv4: UInt32 = RuleWord.none
  var ipv6: UInt32 = RuleWord.none
  var mac: UInt32 = RuleWord.none

  /// No address has a rule.
  static let empty = AddressTable()
  var hasIP: Bool { ipv4 != RuleWord.none || ipv6 != RuleWord.none }
}

/// Turns the prefixes of rules into ranges of addresses, each with what its longest prefixes say.
struct AddressTableBuilder {
  private(set) var maps = RangeMapBuilder()
  /// Index: a `RuleWord` that is a pair. The first is never used.
  private(set) var pairs = [Decision()]
  private var pairIndex: [Decision: UInt32] = [:]
  /// Some map asks for the lower half of addresses.
  private(set) var hasLowerHalves = false

  /// Adds the table of the rules that name one end. A prefix has at most one access rule and one meter.
  mutating func add(_ rules: [BasicRule]) -> AddressTable {
    var ipv4: [Prefix] = []
    var ipv6: [Prefix] = []
    var macs: [Prefix] = []
    for rule in rules {
      switch rule.address {
      case .any:
        ipv4.append(Prefix(rule, length: 0))
        ipv6.append(Prefix(rule, length: 0))
      case .prefix(let prefix):
        let one = Prefix(rule, high: prefix.high, low: prefix.low, length: prefix.length)
        if prefix.isIPv6 { ipv6.append(one) } else { ipv4.append(one) }
      case .anyMAC: macs.append(Prefix(rule, length: 0))
      case .mac(let mac): macs.append(Prefix(rule, high: mac.value << 16, length: 48))
      }
    }
    return AddressTable(ipv4: map(ipv4), ipv6: map(ipv6), mac: map(macs))
  }

  /// Adds a map whose prefixes each have a value of the caller's: the longest one's holds.
  mutating func add(values prefixes: [(prefix: IPPrefix, value: UInt32)], otherwise: UInt32) -> UInt32 {
    // The sweep below knows access rules and meters; a value takes the place of an access rule.
    map(
      prefixes.map {
        Prefix(
          high: $0.prefix.high, low: $0.prefix.low, length: $0.prefix.length,
          decision: Decision(access: $0.value, meter: RuleWord.none))
      }, outside: Decision(access: otherwise, meter: RuleWord.none), word: { $1.access })
  }

  /// Adds a map of ranges that are already known.
  mutating func add(_ ranges: RangeMapBuilder.Ranges) -> UInt32 { maps.add(ranges) }

  private struct Prefix {
    var high: UInt64
    var low: UInt64
    var length: Int
    var decision: Decision

    init(high: UInt64, low: UInt64, length: Int, decision: Decision) {
      (self.high, self.low, self.length, self.decision) = (high, low, length, decision)
    }

    init(_ rule: BasicRule, high: UInt64 = 0, low: UInt64 = 0, length: Int) {
      let word = RuleWord.rule(rule.action, length: length, cell: rule.cell)
      let decision = rule.action == .meter ? Decision(meter: word) : Decision(access: word)
      self.init(high: high, low: low, length: length, decision: decision)
    }
  }

  private mutating func map(
    _ prefixes: [Prefix], outside: Decision = Decision(),
    word: (inout AddressTableBuilder, Decision) -> UInt32 = { $0.word($1) }
  ) -> UInt32 {
    if prefixes.isEmpty { return word(&self, outside) }
    let sorted = prefixes.sorted {
      ($0.high, min($0.length, 65), $0.low, $0.length) < ($1.high, min($1.length, 65), $1.low, $1.length)
    }
    var sweep = Sweep(outside, word(&self, outside))
    var i = 0
    while i < sorted.count {
      let prefix = sorted[i]
      if prefix.length <= 64 {
        let decision = sweep.open(prefix.high, length: prefix.length, prefix.decision)
        sweep.mark(prefix.high, word(&self, decision))
        i += 1
        continue
      }
      // All prefixes below one upper half are a map of their own over the lower half.
      let decision = sweep.open(prefix.high, length: 64, Decision())
      var lower = Sweep(decision, word(&self, decision))
      while i < sorted.count, sorted[i].length > 64, sorted[i].high == prefix.high {
        let inner = lower.open(sorted[i].low, length: sorted[i].length - 64, sorted[i].decision)
        lower.mark(sorted[i].low, word(&self, inner))
        i += 1
      }
      hasLowerHalves = true
      sweep.mark(prefix.high, Reference.lowerHalf(maps.addBelowLine(lower.finish())))
    }
    return maps.add(sweep.finish())
  }

  /// The word for a decision.
  private mutating func word(_ decision: Decision) -> UInt32 {
    if decision.meter == RuleWord.none { return decision.access }
    if decision.access == RuleWord.none { return decision.meter }
    if let index = pairIndex[decision] { return index }
    let index = UInt32(pairs.count)
    pairs.append(decision)
    pairIndex[decision] = index
    return index
  }
}

/// A walk over nested prefixes in the order of their first keys, longer ones behind the shorter ones that hold them.
private struct Sweep {
  private var ranges: RangeMapBuilder.Ranges
  /// The prefixes that hold the current key: the last key of each, what holds in it, and its word.
  private var open: [(last: UInt64, decision: Decision, word: UInt32)]

  init(_ outside: Decision, _ word: UInt32) {
    ranges = RangeMapBuilder.Ranges(word)
    open = [(.max, outside, word)]
  }

  /// Enters a prefix, after leaving those that end before it. Returns what holds in it: its own rules, else those of the
  /// prefix around it. `mark` must follow.
  mutating func open(_ first: UInt64, length: Int, _ own: Decision) -> Decision {
    leave(before: first)
    let outer = open[open.count - 1].decision
    let decision = Decision(
      access: own.access == RuleWord.none ? outer.access : own.access,
      meter: own.meter == RuleWord.none ? outer.meter : own.meter)
    let last = length == 64 ? first : first | UInt64.max >> UInt64(length)
    open.append((last, decision, RuleWord.none))
    return decision
  }

  /// The word of the prefix just entered.
  mutating func mark(_ first: UInt64, _ word: UInt32) {
    open[open.count - 1].word = word
    ranges.append(first, word)
  }

  mutating func finish() -> RangeMapBuilder.Ranges {
    while open.count > 1 { leave() }
    return ranges
  }

  private mutating func leave(before key: UInt64) {
    while open.count > 1 && open[open.count - 1].last < key { leave() }
  }

  private mutating func leave() {
    let last = open.removeLast().last
    if last < .max { ranges.append(last + 1, open[open.count - 1].word) }
  }
}
