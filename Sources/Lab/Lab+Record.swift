import Foundation

/// What a lab was made of, so that another process can tell.
extension Lab {
  func record() throws(LabError) {
    // Numbers and strings encode without fault.
    let text = (try? JSONEncoder().encode(spec)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    try File.write(text, to: spec.specPath)
  }

  /// The lab of this name as it was made; nil when there is nothing of it. Of one without its record, as a crash or an
  /// older version leaves it, only the number of hosts is known.
  public static func named(_ name: String) async throws(LabError) -> Lab? {
    let left = try await Leftovers.find(name)
    if left.isEmpty { return nil }
    let text = File.text(of: LabSpec(name: name, hosts: 1).specPath) ?? ""
    if let spec = try? JSONDecoder().decode(LabSpec.self, from: Data(text.utf8)), spec.name == name { return Lab(spec) }
    return Lab(LabSpec(name: name, hosts: left.namespaces.compactMap { LabSpec.parts(of: $0)?.host }.max() ?? 0))
  }

  /// The numbers of its hosts that are there, as the namespaces tell.
  public func hosts() async throws(LabError) -> [Int] {
    try await Leftovers.find(spec.name).namespaces.compactMap { LabSpec.parts(of: $0)?.host }.filter { $0 > 0 }.sorted()
  }
}
