/// One arrangement of the spread experiment.
package struct SpreadCase: Hashable, Sendable {
  /// How the frames of migrations are steered at the host that receives them.
  package var receiving: String
  /// How the acknowledgements are steered at the host that sends; nil: as at the receiving host.
  package var sending: String?
  package var migrations: Int
  package var targets: Int
  /// Workers are emulated cores; else the machine's own.
  package var isEmulated = true
  /// The link holds its rate; else it takes what it is given.
  package var isLimited = true

  static let steerings = ["single", "vmq", "vmq+vrss", "rss"]

  /// `vmq-vrss-4-to-1`, `receiver-rss-sender-vmq-4-to-1`, with `-unlimited` and `-real-cores` behind.
  package var name: String {
    let shape = "\(migrations)-to-\(targets)"
    let ends = (isLimited ? "" : "-unlimited") + (isEmulated ? "" : "-real-cores")
    guard let sending else { return "\(Self.plain(receiving))-\(shape)\(ends)" }
    return "receiver-\(Self.plain(receiving))-sender-\(Self.plain(sending))-\(shape)\(ends)"
  }

  package var label: String {
    guard let sending else { return "\(receiving), \(shape)" }
    return "receiver \(receiving), sender \(sending)"
  }

  package var group: String {
    if !isEmulated { return "Real cores, no link limit: \(shape)" }
    if !isLimited { return "No link limit: \(shape)" }
    return sending == nil ? shape.prefix(1).uppercased() + shape.dropFirst() : "Receiver and sender differ: \(shape)"
  }

  private var shape: String {
    let hosts = targets == 1 ? "1 host" : "\(targets) hosts"
    return migrations == 1 ? "1 migration to \(hosts)" : "\(migrations) migrations to \(hosts)"
  }

  /// Names hold letters, digits and dashes.
  private static func plain(_ steering: String) -> String { steering.replacing("+", with: "-") }
}
