import Foundation
import Testing

@Suite struct ConfigReferenceTests {
  /// Every key that the readers know stands in CONFIGURATION.md, by itself in some row's first column.
  @Test func everyKeyIsInTheReference() throws {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let reference = try String(contentsOf: repository.appending(path: "CONFIGURATION.md"), encoding: .utf8)
    let told = Set(reference.matches(of: #/(?m)^\| `(\w+)` /#).map { String($0.1) })
    var known: Set<String> = []
    for file in ["Reading/ConfigKeys.swift", "QoS/QoSReader.swift"] {
      let source = try String(
        contentsOf: repository.appending(path: "Sources/Control/Config/\(file)"), encoding: .utf8)
      for list in source.matches(of: #/known:\s*\[([^\]]*)\]/#) {
        known.formUnion(list.1.matches(of: #/"(\w+)"/#).map { String($0.1) })
      }
    }
    #expect(known.count > 50)
    #expect(known.subtracting(told) == [])
  }
}
