import Units

/// How long connections received nothing, from what `ss -tinHO` says again and again. Pure.
package struct ConnectionProgress {
  private struct Last {
    var bytes: UInt64
    var time: Nanoseconds
  }

  private var connections: [Substring: Last] = [:]
  package private(set) var longestPause = Nanoseconds(0)

  package init() {}

  /// Takes notice of all connections at a moment. The first time is each one's start.
  package mutating func note(_ text: String, at time: Nanoseconds) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.count > 5, words[0] == "ESTAB",
        let field = words.first(where: { $0.hasPrefix("bytes_received:") }),
        let bytes = UInt64(field.dropFirst("bytes_received:".count))
      else { continue }
      // The peer: address and port.
      let peer = words[4]
      guard let last = connections[peer] else {
        connections[peer] = Last(bytes: bytes, time: time)
        continue
      }
      longestPause = max(longestPause, time - last.time)
      if bytes != last.bytes { connections[peer] = Last(bytes: bytes, time: time) }
    }
  }
}
