import Wire

/// Turns extended rules into vectors and maps.
struct ExtendedTableBuilder {
  /// By falling weight.
  let rules: [ExtendedRule]
  let words: Int
  private(set) var vectors: [UInt64]
  private var numbers: [[UInt64]: UInt32] = [:]

  init(_ rules: [ExtendedRule]) {
    precondition(rules.count <= ExtendedTable.limit, "too many extended rules")
    self.rules = rules.sorted { $0.weight > $1.weight }
    words = (rules.count + 63) / 64
    let everyRule = [UInt64](repeating: .max, count: words)
    vectors = Array(repeating: 0, count: words) + everyRule
    numbers[everyRule] = ExtendedTable.everyRule
  }

  /// Fills the table's roots and vectors' numbers; memory is the caller's.
  mutating func build(into table: inout ExtendedTable, _ maps: inout AddressTableBuilder) -> [UInt32] {
    table.words = words
    if rules.isEmpty { return [] }
    let (remote, local) = (rules.map(\.remote), rules.map(\.local))
    table.remoteIPv4 = addresses(remote, isIPv6: false, &maps)
    table.remoteIPv6 = addresses(remote, isIPv6: true, &maps)
    table.localIPv4 = addresses(local, isIPv6: false, &maps)
    table.localIPv6 = addresses(local, isIPv6: true, &maps)
    table.remotePorts = ports(rules.map(\.remotePorts), &maps)
    table.localPorts = ports(rules.map(\.localPorts), &maps)
    table.unknownPorts = number(rules) { $0.action == .deny || ($0.remotePorts == nil && $0.localPorts == nil) }
    let known = (0...255).map { value in number { $0.ipProtocol == nil || $0.ipProtocol == UInt8(value) } }
    return known + [number { $0.action == .deny || $0.ipProtocol == nil }]
  }

  /// The rules, as the road reads them.
  var entries: [ExtendedTable.Rule] {
    rules.map {
      .init(
        cell: $0.cell, idleSeconds: $0.idleSeconds, isDeny: $0.action == .deny,
        isStateful: $0.isStateful && $0.action == .allow)
    }
  }

  /// The number of the vector of the rules that accept a value.
  private mutating func number(_ accepts: (ExtendedRule) -> Bool) -> UInt32 { number(rules, accepts) }

  /// The same, by one field of each rule.
  private mutating func number<Field>(_ fields: [Field], _ accepts: (Field) -> Bool) -> UInt32 {
    var vector = [UInt64](repeating: 0, count: words)
    for (i, field) in fields.enumerated() where accepts(field) { vector[i / 64] |= 1 << UInt64(i % 64) }
    if let known = numbers[vector] { return known }
    let number = UInt32(vectors.count / words)
    vectors += vector
    numbers[vector] = number
    return number
  }

  private mutating func addresses(_ fields: [IPPrefix?], isIPv6: Bool, _ maps: inout AddressTableBuilder) -> UInt32 {
    let prefixes = Set(fields.compactMap { $0 }.filter { $0.isIPv6 == isIPv6 })
    let values = prefixes.map { prefix in (prefix, number(fields) { $0?.contains(prefix) ?? true }) }
    return maps.add(values: values, otherwise: number(fields) { $0 == nil })
  }

  private mutating func ports(_ fields: [ClosedRange<UInt16>?], _ maps: inout AddressTableBuilder) -> UInt32 {
    let named = fields.compactMap { $0 }
    let ends = named.filter { $0.upperBound < .max }.map { $0.upperBound + 1 }
    let starts = Set(named.map(\.lowerBound) + ends).subtracting([0]).sorted()
    var ranges = RangeMapBuilder.Ranges(number(fields) { $0?.contains(0) ?? true })
    for start in starts { ranges.append(UInt64(start) << 48, number(fields) { $0?.contains(start) ?? true }) }
    return maps.add(ranges)
  }
}
