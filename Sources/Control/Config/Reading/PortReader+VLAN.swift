import Units
import Yams

/// `vlan: {access: 10}` or `vlan: {trunk: [10, 20-29], native: 1}`.
extension PortReader {
  /// nil: left out, or wrong and reported.
  func vlan() -> PortConfig.VLAN? {
    guard let vlan = mapping.mapping("vlan", .vlan, example: "{access: 10} or {trunk: [10, 20], native: 1}")
    else { return nil }
    switch (vlan.has("access"), vlan.has("trunk")) {
    case (true, true):
      vlan.refuse("trunk", "a port is access or trunk, not both", fix: "remove access or trunk")
      return nil
    case (true, false):
      if vlan.has("native") {
        vlan.refuse("native", "an access port has no native VLAN", fix: "remove it, or write trunk instead of access")
      }
      return vlan.vlan("access").map { .access($0) }
    case (false, true):
      let tagged = trunk(vlan)
      let native = vlan.vlan("native")
      if let native, tagged.contains(native) {
        vlan.refuse(
          "native", "VLAN \(native) is also in trunk, where it keeps its tag", fix: "remove it from one of them")
      }
      return .trunk(tagged: tagged, native: native ?? 0)
    case (false, false):
      if vlan.isMisspelt("access") || vlan.isMisspelt("trunk") { return nil }
      vlan.refuse("neither access nor trunk is given", fix: "write {access: 10} or {trunk: [10, 20], native: 1}")
      return nil
    }
  }

  private func trunk(_ vlan: ConfigMapping) -> [UInt16] {
    var tagged: [UInt16] = []
    var seen: Set<UInt16> = []
    for node in vlan.list("trunk", example: "[10, 20]", mayBeEmpty: false) {
      let text = node.scalar?.string ?? ""
      guard let range = Self.range(text) else {
        vlan.faults.add(
          node.line, "\(vlan.path): trunk", "'\(text)' is not a VLAN or a range of them",
          fix: "write 1 to 4094, e.g. 10 or 20-29")
        continue
      }
      for identifier in range {
        if seen.insert(identifier).inserted {
          tagged.append(identifier)
        } else {
          vlan.faults.add(
            node.line, "\(vlan.path): trunk", "VLAN \(identifier) is in the list twice", fix: "remove one")
          break
        }
      }
    }
    return tagged
  }

  private static func range(_ text: String) -> ClosedRange<UInt16>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { ConfigMapping.integer(String($0)) }
    guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
      let low = UInt16(exactly: first), let high = UInt16(exactly: last),
      PortConfig.VLAN.identifiers.contains(low), PortConfig.VLAN.identifiers.contains(high)
    else { return nil }
    return low...high
  }
}
