import CMillraceABI
import Ports
import Wire

/// A frame's way through the address tables of the rules that judge it: begun for many frames, then led on for each in
/// turn, so that the memory one waits for is fetched while the others are looked at. 64 bytes, trivial.
struct RuleLook {
  /// The rules asked; nil: this place holds nothing.
  var rules: UnsafePointer<RuleSet>?
  /// The address of the rules' first end, as the halves of `IPAddress`, and of their second.
  var firstHigh: UInt64 = 0
  var firstLow: UInt64 = 0
  var secondHigh: UInt64 = 0
  var secondLow: UInt64 = 0
  /// Of the flow; 0 when the rules keep none.
  var flowHash: UInt64 = 0
  /// The number of the flow's entry as the tags have it; 0: none.
  var flow: UInt32 = 0
  /// References on the way, `RuleWord`s at its end.
  var first = RuleWord.none
  var second = RuleWord.none
  var network = Packet.Network.none

  init() {}
}

extension Worker {
  /// Looks that are led together: more than the memory requests a core has under way, and as many frames as the worker
  /// keeps hashes of.
  static var lookGroup: Int { FDB.Hashes.kept }

  /// Asks the rules that `looks` name for these places of the batch.
  @inline(never) mutating func look(_ slots: Range<Int>) {
    if let rules = commonRules(of: slots), rules.pointee.judgesOneEnd { return lookAtOneEnd(slots, rules) }
    var leads = 0
    for slot in slots {
      guard let rules = looks[slot].rules else { continue }
      leads = max(leads, rules.pointee.leads)
      beginLook(slot, rules)
    }
    for _ in 0..<leads {
      for slot in slots {
        guard let rules = looks[slot].rules else { continue }
        let look = looks + slot
        look.pointee.first = rules.pointee.maps.lead(look.pointee.first, look.pointee.firstHigh)
        if rules.pointee.judgesBothEnds {
          look.pointee.second = rules.pointee.maps.lead(look.pointee.second, look.pointee.secondHigh)
        }
      }
    }
    for slot in slots {
      guard let rules = looks[slot].rules else { continue }
      let look = looks + slot
      let word = rules.pointee.maps.value(look.pointee.first, at: look.pointee.firstHigh, look.pointee.firstLow)
      look.pointee.first = word
      rules.pointee.memory.cells.prefetch(RuleWord.cell(word), worker: index)
      if !rules.pointee.judgesOneEnd { endLookFully(slot, rules) }
    }
  }

  /// The rules that all of these places ask, if they ask the same.
  @inline(__always) private func commonRules(of slots: Range<Int>) -> UnsafePointer<RuleSet>? {
    let rules = looks[slots.lowerBound].rules
    for slot in slots where looks[slot].rules != rules { return nil }
    return rules
  }

  /// Reads the frame's addresses, and enters the maps.
  @inline(__always) private mutating func beginLook(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    let look = looks + slot
    let frame = frames + slot
    let network = network(of: frame, headerFlags[slot])
    look.pointee.network = network
    look.pointee.first = RuleWord.none
    look.pointee.second = RuleWord.none
    // SAFETY: `network` has proved that the IP header lies in the first part.
    let header = UnsafeRawPointer(base + Int(frame.pointee.address) + Int(frame.pointee.l2Length))
    let root: UInt32
    switch network {
    case .none, .unreadable: return
    case .ipv4:
      look.pointee.firstHigh = rules.pointee.first.ipv4Key(in: header)
      root = rules.pointee.first.ipv4
    case .ipv6:
      (look.pointee.firstHigh, look.pointee.firstLow) = rules.pointee.first.ipv6Key(in: header)
      root = rules.pointee.first.ipv6
    }
    look.pointee.first = rules.pointee.maps.lead(root, look.pointee.firstHigh)
    if !rules.pointee.judgesOneEnd { beginLookFully(slot, header, rules) }
  }

  /// The second end, and the flow.
  @inline(never) private mutating func beginLookFully(
    _ slot: Int, _ header: UnsafeRawPointer, _ rules: UnsafePointer<RuleSet>
  ) {
    let look = looks + slot
    if rules.pointee.judgesBothEnds {
      let root: UInt32
      if look.pointee.network == .ipv4 {
        look.pointee.secondHigh = rules.pointee.second.ipv4Key(in: header)
        root = rules.pointee.second.ipv4
      } else {
        (look.pointee.secondHigh, look.pointee.secondLow) = rules.pointee.second.ipv6Key(in: header)
        root = rules.pointee.second.ipv6
      }
      look.pointee.second = rules.pointee.maps.lead(root, look.pointee.secondHigh)
    }
    look.pointee.flowHash = 0
    guard rules.pointee.keepsFlows,
      let key = flowKey(of: frames + slot, headerFlags[slot], look.pointee.network, rules)
    else { return }
    flowKeys[slot] = key
    let flows = rules.pointee.memory.flows
    look.pointee.flowHash = flows.hash(key)
    flows.prefetchGroup(look.pointee.flowHash)
  }

  @inline(never) private mutating func endLookFully(_ slot: Int, _ rules: UnsafePointer<RuleSet>) {
    let look = looks + slot
    if rules.pointee.judgesBothEnds {
      look.pointee.second = rules.pointee.maps.value(
        look.pointee.second, at: look.pointee.secondHigh, look.pointee.secondLow)
    }
    if rules.pointee.keepsFlows && look.pointee.network.isIP && look.pointee.flowHash != 0 {
      look.pointee.flow = rules.pointee.memory.flows.guess(look.pointee.flowHash)
    }
  }
}
