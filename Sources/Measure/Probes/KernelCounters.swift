/// The text of /proc/net/netstat or /proc/net/snmp: pairs of lines, names and values, each behind a group's name.
struct KernelCounters {
  private var values: [String: [String: Int]] = [:]

  init(_ text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }
    for (names, numbers) in zip(lines, lines.dropFirst()) where names.first == numbers.first {
      guard let group = names.first?.dropLast() else { continue }
      for (name, number) in zip(names, numbers).dropFirst() {
        values[String(group), default: [:]][String(name)] = Int(number)
      }
    }
  }

  subscript(group: String, name: String) -> Int? { values[group]?[name] }
}
