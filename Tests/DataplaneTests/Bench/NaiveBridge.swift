import Dataplane

/// A bridge as one would write it first: dictionaries and arrays, one frame after another. What the switch does with
/// a frame must be what this does.
struct NaiveBridge {
  struct Port {
    /// VLAN of untagged frames.
    var untagged: Int
    /// VLANs that are tagged; nil on an access port.
    var tagged: Set<Int>?
    var isUplink: Bool
    var maximumFrame: Int
    var mirroring = PortMirroring.none
  }

  struct Place: Hashable {
    var address: [UInt8]
    var vlan: Int
  }

  var ports: [Port]
  var learned: [Place: Int] = [:]
  /// By counter, at each port.
  var drops: [Counter: [Int]] = [:]

  init(_ ports: [Port]) { self.ports = ports }

  /// What leaves by each port when `frame` arrives at `input`, with a tag beside it or not.
  mutating func forward(_ frame: [UInt8], beside: Int?, at input: Int) -> [(port: Int, frame: [UInt8])] {
    guard frame.count >= 14 else { return drop(.dropRunt, input) }
    let (destination, source) = (Array(frame[0..<6]), Array(frame[6..<12]))
    let hasTag = frame[12] == 0x81 && frame[13] == 0x00
    if hasTag && frame.count < 18 { return drop(.dropMalformed, input) }
    if source[0] & 1 == 1 { return drop(.dropMalformed, input) }
    if destination[..<5] == [1, 0x80, 0xC2, 0, 0] && destination[5] < 16 { return drop(.dropReservedAddress, input) }

    // The frame without its outermost tag.
    var bare = frame
    var tci = beside
    if beside == nil && hasTag {
      tci = Int(frame[14]) << 8 | Int(frame[15])
      bare.removeSubrange(12..<16)
    }
    let named = (tci ?? 0) & 0xFFF
    var vlan = ports[input].untagged
    if named != 0 {
      guard let tagged = ports[input].tagged, tagged.contains(named) else { return drop(.dropVLAN, input) }
      vlan = named
    }
    learned[Place(address: source, vlan: vlan)] = input

    if destination[0] & 1 == 0, let output = learned[Place(address: destination, vlan: vlan)] {
      let left =
        output == input
        ? drop(.dropNoOtherPort, input)
        : ports[input].isUplink && ports[output].isUplink
          ? drop(.dropBetweenUplinks, input) : leave(bare, vlan, tci ?? 0, by: output)
      guard ports[input].mirroring == .source || (!left.isEmpty && ports[output].mirroring == .source) else {
        return left
      }
      return left
        + ports.indices.filter {
          ports[$0].mirroring == .destination && $0 != input && $0 != output && carries($0, vlan)
        }
        .flatMap { leave(bare, vlan, tci ?? 0, by: $0, orDrop: .dropMirror) }
    }
    let outputs = ports.indices.filter {
      $0 != input && !(ports[$0].isUplink && ports[input].isUplink) && carries($0, vlan)
    }
    if outputs.isEmpty { return drop(.dropNoOtherPort, input) }
    return outputs.flatMap { leave(bare, vlan, tci ?? 0, by: $0) }
  }

  private func carries(_ port: Int, _ vlan: Int) -> Bool {
    ports[port].untagged == vlan || ports[port].tagged?.contains(vlan) == true
  }

  private mutating func leave(
    _ bare: [UInt8], _ vlan: Int, _ tci: Int, by port: Int, orDrop oversize: Counter = .dropOversize
  ) -> [(port: Int, frame: [UInt8])] {
    guard carries(port, vlan) else { return drop(.dropVLAN, port) }
    let frame = ports[port].untagged == vlan ? bare : tagged(bare, tci & 0xF000 | vlan)
    let hasTag = frame.count >= 18 && frame[12] == 0x81 && frame[13] == 0x00
    // The tag behind one that named no VLAN would be taken for the frame's.
    if hasTag && tci & 0xFFF == 0 && ports[port].untagged == vlan && ports[port].tagged != nil {
      return drop(oversize == .dropMirror ? .dropMirror : .dropVLAN, port)
    }
    guard frame.count - (hasTag ? 4 : 0) <= ports[port].maximumFrame else { return drop(oversize, port) }
    return [(port, frame)]
  }

  private mutating func drop(_ counter: Counter, _ port: Int) -> [(port: Int, frame: [UInt8])] {
    drops[counter, default: Array(repeating: 0, count: ports.count)][port] += 1
    return []
  }
}
