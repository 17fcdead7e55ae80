import Units

/// Single values of a mapping, by type.
extension ConfigMapping {
  func integer(_ key: String, in range: ClosedRange<Int>, example: Int) -> Int? {
    guard let text = text(key, example: "\(example)") else { return nil }
    guard let value = Self.integer(text), range.contains(value) else {
      refuse(
        key, "'\(text)' is not a whole number of \(range.lowerBound) to \(range.upperBound)",
        fix: "write e.g. \(key): \(example)")
      return nil
    }
    return value
  }

  /// Decimal digits only: no sign, no radix, no exponent.
  static func integer(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int(text)
  }

  func boolean(_ key: String) -> Bool? {
    guard let text = text(key, example: "true") else { return nil }
    switch text {
    case "true": return true
    case "false": return false
    default:
      refuse(key, "'\(text)' is neither true nor false", fix: "write \(key): true or \(key): false")
      return nil
    }
  }

  /// `on` or `off`; also `true` and `false`, which YAML libraries make of them when they write.
  func onOff(_ key: String) -> Bool? {
    guard let text = text(key, example: "off") else { return nil }
    switch text {
    case "on", "true": return true
    case "off", "false": return false
    default:
      refuse(key, "'\(text)' is neither on nor off", fix: "write \(key): on or \(key): off")
      return nil
    }
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, _: Choice.Type) -> Choice? {
    let words = Choice.allCases.map(\.rawValue)
    guard let text = text(key, example: words[0]) else { return nil }
    guard let value = Choice(rawValue: text) else {
      let meant = nearestWord(to: text, among: words) ?? words[0]
      refuse(key, "'\(text)' is none of \(words.joined(separator: ", "))", fix: "write e.g. \(key): \(meant)")
      return nil
    }
    return value
  }

  func bytes(_ key: String, in range: ClosedRange<Bytes>, example: String) -> Bytes? {
    quantity(key, example: example, in: range) { (text) throws(UnitError) in try Bytes(parsing: text) }
  }

  func rate(_ key: String, in range: ClosedRange<BitRate>) -> BitRate? {
    quantity(key, example: "10Gbit", in: range) { (text) throws(UnitError) in try BitRate(parsing: text) }
  }

  func time(_ key: String, in range: PartialRangeFrom<Nanoseconds>, example: String) -> Nanoseconds? {
    time(key, in: range.lowerBound...Nanoseconds(UInt64(Int64.max)), example: example)
  }

  func time(_ key: String, in range: ClosedRange<Nanoseconds>, example: String) -> Nanoseconds? {
    quantity(key, example: example, in: range) { (text) throws(UnitError) in try Nanoseconds(parsing: text) }
  }

  func share(_ key: String, atLeast least: Share = Share(fraction: 0)) -> Share? {
    quantity(key, example: "15%", in: least...Share(fraction: 1)) { (text) throws(UnitError) in
      try Share(parsing: text)
    }
  }

  private func quantity<Quantity: Comparable & CustomStringConvertible>(
    _ key: String, example: String, in range: ClosedRange<Quantity>,
    _ parse: (String) throws(UnitError) -> Quantity
  ) -> Quantity? {
    guard let text = text(key, example: example) else { return nil }
    do throws(UnitError) {
      let value = try parse(text)
      if range.contains(value) { return value }
      let isLow = value < range.lowerBound
      refuse(
        key, "\(text) is \(isLow ? "less" : "more") than \(isLow ? range.lowerBound : range.upperBound)",
        fix: "write e.g. \(key): \(example)")
    } catch {
      faults.add(place.line(of: key), "\(path): \(key)", error, example: example)
    }
    return nil
  }

  /// A unicast Ethernet address.
  func unicastMAC(_ key: String) -> MACAddress? {
    let example = "02:00:00:00:01:01"
    guard let text = text(key, example: example) else { return nil }
    guard let mac = MACAddress(text) else {
      refuse(key, "'\(text)' is not a MAC address", fix: "write six bytes in hexadecimal, e.g. \(example)")
      return nil
    }
    guard !mac.isMulticast else {
      refuse(key, "\(text) is a multicast address", fix: "write an address whose first byte is even, e.g. \(example)")
      return nil
    }
    guard mac.value != 0 else {
      refuse(key, "\(text) is no device's address", fix: "write e.g. \(example)")
      return nil
    }
    return mac
  }

  /// A device's name, as the kernel takes it (net/core/dev.c, dev_valid_name).
  /// - Parameter isNew: of a device to be made: the kernel would put a number in place of `%d`.
  func deviceName(_ key: String, example: String, isNew: Bool = false) -> String? {
    guard let text = text(key, example: example) else { return nil }
    let longest = PortConfig.Limits.deviceName
    guard (1...longest).contains(text.utf8.count) else {
      refuse(
        key, "'\(text)' is not a device's name: it has \(text.utf8.count) bytes", fix: "write 1 to \(longest) bytes")
      return nil
    }
    let isLegal = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x3A }
    guard isLegal, text != ".", text != "..", !(isNew && text.contains("%")) else {
      refuse(key, "'\(text)' is not a device's name", fix: "use no spaces, '/'\(isNew ? ", ':' or '%'" : " or ':'")")
      return nil
    }
    return text
  }

  /// A VLAN identifier that may be written.
  func vlan(_ key: String) -> UInt16? {
    let range = PortConfig.VLAN.identifiers
    return integer(key, in: Int(range.lowerBound)...Int(range.upperBound), example: 10).map { UInt16($0) }
  }
}
