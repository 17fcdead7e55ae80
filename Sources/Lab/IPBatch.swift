/// Commands of ip(8), carried out by one process.
struct IPBatch {
  /// Nil: this host.
  let namespace: String?
  private(set) var lines: [String] = []

  init(in namespace: String? = nil) { self.namespace = namespace }

  mutating func add(_ line: String) { lines.append(line) }

  /// Throws with the first command that is refused; those before it are done.
  func run() async throws(LabError) {
    let place = namespace.map { ["-n", $0] } ?? []
    let result = try await Program.result(
      ["ip"] + place + ["-batch", "-"], input: lines.joined(separator: "\n") + "\n")
    guard result.exitCode == 0 else { throw LabError(complaint(result.errorOutput)) }
  }

  /// ip(8) names the line: "RTNETLINK answers: File exists", then "Command failed -:3".
  func complaint(_ text: String) -> String {
    let said = text.split(whereSeparator: \.isNewline)
    let fault = said.first { !$0.hasPrefix("Command failed") } ?? "failed"
    let number = said.first { $0.hasPrefix("Command failed -:") }.flatMap { Int($0.dropFirst(17)) } ?? 1
    let line = lines.indices.contains(number - 1) ? lines[number - 1] : ""
    return "ip \(namespace.map { "-n \($0) " } ?? "")\(line): \(fault)"
  }
}
