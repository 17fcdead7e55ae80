import CMillraceABI
import Ports
import Wire

/// A frame's way through the address tables of the rules that judge it: begun for many frames, then led on for each in
/// turn, so that the memory one waits for is fetched while the others are looked at. 64 bytes, trivial.
struct RuleLook {
  /// The rules asked; nil: this place holds nothing.
  var rules: UnsafePointer<RuleSet>?
  /// Addresses, as the halves of `IPAddress`.
  var remoteHigh: UInt64 = 0
  var remoteLow: UInt64 = 0
  var localHigh: UInt64 = 0
  var localLow: UInt64 = 0
  /// Of the flow; 0 when the rules keep none.
  var flowHash: UInt64 = 0
  /// References on the way, `RuleWord`s at its end.
  var remote = RuleWord.none
  var local = RuleWord.none
  var network = Packet.Network.none

  init() {}
}

extension Worker {
  /// Looks that are led together: more than the memory requests a core has under way.
  static var lookGroup: Int { 32 }

  /// First step: reads the frame's addresses.
  @inline(__always) mutating func beginLook(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    let look = looks + slot
    let frame = frames + slot
    look.pointee.rules = rules
    look.pointee.remote = RuleWord.none
    look.pointee.local = RuleWord.none
    let network = network(of: frame, headerFlags[slot])
    look.pointee.network = network
    // SAFETY: `network` has proved that the IP header lies in the first part.
    let header = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l2Length))
    switch network {
    case .none, .unreadable: return
    case .ipv4:
      if rules.pointee.judgesRemote {
        look.pointee.remoteHigh = UInt64(header.big32(rules.pointee.isIn ? 12 : 16)) << 32
        look.pointee.remote = rules.pointee.remote.ipv4
      }
      if rules.pointee.judgesLocal {
        look.pointee.localHigh = UInt64(header.big32(rules.pointee.isIn ? 16 : 12)) << 32
        look.pointee.local = rules.pointee.local.ipv4
      }
    case .ipv6:
      if rules.pointee.judgesRemote {
        let offset = rules.pointee.isIn ? 8 : 24
        look.pointee.remoteHigh = header.big64(offset)
        look.pointee.remoteLow = header.big64(offset + 8)
        look.pointee.remote = rules.pointee.remote.ipv6
      }
      if rules.pointee.judgesLocal {
        let offset = rules.pointee.isIn ? 24 : 8
        look.pointee.localHigh = header.big64(offset)
        look.pointee.localLow = header.big64(offset + 8)
        look.pointee.local = rules.pointee.local.ipv6
      }
    }
    if rules.pointee.judgesRemote { rules.pointee.maps.prefetch(look.pointee.remote, look.pointee.remoteHigh) }
    if rules.pointee.judgesLocal { rules.pointee.maps.prefetch(look.pointee.local, look.pointee.localHigh) }
    if rules.pointee.judgesFlows { beginFlow(slot, rules) }
  }

  @inline(never) private mutating func beginFlow(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    looks[slot].flowHash = 0
    packets[slot] = packet(of: frames + slot, headerFlags[slot], isIn: rules.pointee.isIn)
    guard rules.pointee.keepsFlows, packets[slot].hasFlow else { return }
    let flows = rules.pointee.memory.flows
    looks[slot].flowHash = flows.hash(FlowKey(packets[slot], port: rules.pointee.port, vlan: frames[slot].vlan))
    flows.prefetchGroup(looks[slot].flowHash)
  }

  /// Second step: from the roots on.
  @inline(__always) mutating func continueLook(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    let look = looks + slot
    if Reference.isPlace(look.pointee.remote) {
      let next = rules.pointee.maps.follow(look.pointee.remote, look.pointee.remoteHigh)
      look.pointee.remote = next
      rules.pointee.maps.prefetch(next, look.pointee.remoteHigh)
    }
    if Reference.isPlace(look.pointee.local) {
      let next = rules.pointee.maps.follow(look.pointee.local, look.pointee.localHigh)
      look.pointee.local = next
      rules.pointee.maps.prefetch(next, look.pointee.localHigh)
    }
  }

  /// Last step: to the words of both ends.
  @inline(__always) mutating func endLook(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    let look = looks + slot
    let remote = rules.pointee.maps.value(look.pointee.remote, at: look.pointee.remoteHigh, look.pointee.remoteLow)
    let local = rules.pointee.maps.value(look.pointee.local, at: look.pointee.localHigh, look.pointee.localLow)
    look.pointee.remote = remote
    look.pointee.local = local
    rules.pointee.memory.cells.prefetch(RuleWord.cell(remote | local), worker: index)
    if rules.pointee.judgesFlows && look.pointee.network.isIP && look.pointee.flowHash != 0 {
      rules.pointee.memory.flows.prefetchEntry(look.pointee.flowHash)
    }
  }
}
