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

extension Worker {
  /// Judges a frame whose look has ended. The MAC list, the IP list and the extended rules are judged each for itself,
  /// and any that denies drops the frame; what a list's deciding rule allows is counted as its hit.
  @inline(__always) mutating func judge(_ slot: Int, _ rules: UnsafePointer<RuleSet>) -> Judgement {
    let word = looks[slot].first
    if rules.pointee.judgesOneEnd && RuleWord.isMeter(word) { return Judgement(cell: RuleWord.cell(word)) }
    return judgeFully(slot, rules)
  }

  @inline(never) private mutating func judgeFully(_ slot: Int, _ rules: UnsafePointer<RuleSet>) -> Judgement {
    let look = looks + slot
    let tally = tally(of: frames + slot)
    if rules.pointee.judgesMAC {
      let (source, destination) = (frames[slot].source << 16, frames[slot].destination << 16)
      let isIn = rules.pointee.isIn
      let remote = rules.pointee.maps.value(rules.pointee.remote.mac, at: isIn ? source : destination)
      let local = rules.pointee.maps.value(rules.pointee.local.mac, at: isIn ? destination : source)
      if let drop = decide(RuleWord.deciding(remote, local), tally, rules) { return drop }
    }
    let restCell = rules.pointee.restCell
    switch look.pointee.network {
    case .none: return Judgement(cell: restCell)
    case .unreadable:
      return rules.pointee.deniesIP ? Judgement(drop: .unreadable, cell: 0) : Judgement(cell: restCell)
    case .ipv4, .ipv6: break
    }
    let one = rules.pointee.split(look.pointee.first)
    let other = rules.pointee.split(look.pointee.second)
    if let drop = decide(RuleWord.deciding(one.access, other.access), tally, rules) { return drop }
    if rules.pointee.judgesFlows, let drop = judgeFlow(slot, tally, rules) { return drop }
    let meter = RuleWord.counting(one.meter, other.meter)
    return Judgement(cell: meter == RuleWord.none ? restCell : RuleWord.cell(meter))
  }

  /// Counts the rule that decides in one list; a drop when it denies.
  @inline(__always) private mutating func decide(
    _ word: UInt32, _ tally: FrameTally, _ rules: UnsafePointer<RuleSet>
  ) -> Judgement? {
    if word == RuleWord.none { return nil }
    count(tally, RuleWord.cell(word), rules)
    return RuleWord.isDeny(word) ? Judgement(drop: .denied, cell: RuleWord.cell(word)) : nil
  }

  /// Flows that are known pass; else the first extended rule that matches decides.
  @inline(__always) private mutating func judgeFlow(
    _ slot: Int, _ tally: FrameTally, _ rules: UnsafePointer<RuleSet>
  ) -> Judgement? {
    let hash = looks[slot].flowHash
    if hash != 0 {
      let isTCP = frames[slot].ipProtocol == IPProtocol.tcp
      let flags = tcpFlags(of: frames + slot, headerFlags[slot])
      let flows = rules.pointee.memory.flows
      if let found = flows.find(flowKeys[slot], hash, guess: looks[slot].flow, second: second),
        !found.state.endsBefore(isTCP: isTCP, flags: flags)
      {
        flows.note(found, isTCP: isTCP, flags: flags, fromLocal: !rules.pointee.isIn, second: second)
        count(tally, found.cell, rules)
        return nil
      }
    }
    return rules.pointee.extended.words > 0 ? judgeExtended(slot, tally, rules) : nil
  }

  @inline(never) private mutating func judgeExtended(
    _ slot: Int, _ tally: FrameTally, _ rules: UnsafePointer<RuleSet>
  ) -> Judgement? {
    let (flags, isIn) = (headerFlags[slot], rules.pointee.isIn)
    let packet = packet(of: frames + slot, flags, isIn: isIn)
    guard let index = rules.pointee.extended.first(matching: packet, rules.pointee.maps) else { return nil }
    let rule = rules.pointee.extended.rules[index]
    count(tally, rule.cell, rules)
    if rule.isDeny { return Judgement(drop: .denied, cell: rule.cell) }
    let (isTCP, tcpFlags) = (frames[slot].ipProtocol == IPProtocol.tcp, tcpFlags(of: frames + slot, flags))
    let hash = looks[slot].flowHash
    guard rule.isStateful, hash != 0, FlowState.mayBegin(isTCP: isTCP, flags: tcpFlags) else { return nil }
    let isKept = rules.pointee.memory.flows.insert(
      flowKeys[slot], hash, .first(isTCP: isTCP, flags: tcpFlags), cell: rule.cell, idleSeconds: rule.idleSeconds,
      openerIsLocal: !isIn, second: second)
    return isKept ? nil : Judgement(drop: .flowsFull, cell: rule.cell)
  }
}

extension RuleSet {
  @inline(__always) func split(_ word: UInt32) -> Decision {
    if RuleWord.isMeter(word) { return Decision(meter: word) }
    return RuleWord.isPair(word) ? pairs[Int(word)] : Decision(access: word)
  }
}
