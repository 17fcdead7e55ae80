import Wire

/// What rules decided about a frame.
struct Judgement {
  var drop = Drop.none
  /// The rule that denied it; of a frame that passes, the meter that counts it. 0: none.
  var cell: UInt32

  /// Why a frame is dropped.
  enum Drop: UInt8 {
    /// It passes.
    case none
    case denied
    case unreadable
    case flowsFull

    var counter: Counter {
      switch self {
      case .none, .denied: .dropACL
      case .unreadable: .dropACLUnreadable
      case .flowsFull: .dropACLFlowsFull
      }
    }
  }
}

/// What a frame counts as: a super-frame as its segments' frames, a tag beside the frame as in it.
struct FrameTally {
  var frames: UInt64
  var bytes: UInt64
}

extension RuleSet {
  /// Judges a frame. The MAC list, the IP list and the extended rules are judged each for itself, and any that denies
  /// drops the frame; what a list's deciding rule allows is counted as its hit.
  /// - Parameters:
  ///   - look: what the tables say of the frame's addresses.
  ///   - packet: read only when `judgesFlows`.
  ///   - second: the flow table's clock.
  func judge(
    _ look: UnsafePointer<RuleLook>, _ frame: UnsafePointer<Frame>, _ packet: UnsafePointer<Packet>,
    _ tally: FrameTally, worker: Int, _ second: UInt32
  ) -> Judgement {
    if judgesMAC {
      let (source, destination) = (frame.pointee.source << 16, frame.pointee.destination << 16)
      let remote = maps.value(self.remote.mac, at: isIn ? source : destination)
      let local = maps.value(self.local.mac, at: isIn ? destination : source)
      if let drop = decide(RuleWord.deciding(remote, local), tally, worker) { return drop }
    }
    switch look.pointee.network {
    case .none: return Judgement(cell: restCell)
    case .unreadable: return deniesIP ? Judgement(drop: .unreadable, cell: 0) : Judgement(cell: restCell)
    case .ipv4, .ipv6: break
    }
    let (one, other) = (split(look.pointee.first), split(look.pointee.second))
    if let drop = decide(RuleWord.deciding(one.access, other.access), tally, worker) { return drop }
    if judgesFlows {
      if let drop = judgeFlow(packet, frame.pointee.vlan, look.pointee.flowHash, tally, worker, second) { return drop }
    }
    let meter = RuleWord.counting(one.meter, other.meter)
    return Judgement(cell: meter == RuleWord.none ? restCell : RuleWord.cell(meter))
  }

  @inline(__always) func split(_ word: UInt32) -> Decision {
    if RuleWord.isMeter(word) { return Decision(meter: word) }
    return RuleWord.isPair(word) ? pairs[Int(word)] : Decision(access: word)
  }

  /// Counts the rule that decides in one list; a drop when it denies.
  @inline(__always) private func decide(_ word: UInt32, _ tally: FrameTally, _ worker: Int) -> Judgement? {
    if word == RuleWord.none { return nil }
    memory.cells.add(RuleWord.cell(word), worker: worker, frames: tally.frames, bytes: tally.bytes)
    return RuleWord.isDeny(word) ? Judgement(drop: .denied, cell: RuleWord.cell(word)) : nil
  }

  /// Flows that are known pass; else the first extended rule that matches decides.
  @inline(never) private func judgeFlow(
    _ packet: UnsafePointer<Packet>, _ vlan: UInt16, _ hash: UInt64, _ tally: FrameTally, _ worker: Int,
    _ second: UInt32
  ) -> Judgement? {
    let isTCP = packet.pointee.ipProtocol == UInt16(IPProtocol.tcp)
    let flags = packet.pointee.tcpFlags
    let hasFlow = keepsFlows && packet.pointee.hasFlow
    if hasFlow {
      let key = FlowKey(packet.pointee, port: port, vlan: vlan)
      if let found = memory.flows.find(key, hash, second: second), !found.state.endsBefore(isTCP: isTCP, flags: flags) {
        memory.flows.note(found, isTCP: isTCP, flags: flags, fromLocal: !isIn, second: second)
        memory.cells.add(found.cell, worker: worker, frames: tally.frames, bytes: tally.bytes)
        return nil
      }
    }
    guard extended.words > 0, let index = extended.first(matching: packet.pointee, maps) else { return nil }
    let rule = extended.rules[index]
    memory.cells.add(rule.cell, worker: worker, frames: tally.frames, bytes: tally.bytes)
    if rule.isDeny { return Judgement(drop: .denied, cell: rule.cell) }
    guard rule.isStateful, hasFlow, FlowState.mayBegin(isTCP: isTCP, flags: flags) else { return nil }
    let isKept = memory.flows.insert(
      FlowKey(packet.pointee, port: port, vlan: vlan), hash, .first(isTCP: isTCP, flags: flags), cell: rule.cell,
      idleSeconds: rule.idleSeconds, openerIsLocal: !isIn, second: second)
    return isKept ? nil : Judgement(drop: .flowsFull, cell: rule.cell)
  }
}
