import Units

/// Which members of a team may be used. Pure: links and clock come as parameters.
///
/// A link that comes up is watched before it is used: beacons tell first whether its member is on one network with
/// others. When no other member is live it is used at once.
package struct MemberLinks: Sendable {
  package enum Phase: Sendable, Equatable {
    case down, joining, live
  }

  package enum Change: Equatable, Sendable {
    /// `probed`: what network it is on has shown.
    case down, up, probed, live
  }

  private struct Member {
    var phase = Phase.down
    /// Since when the link is up.
    var since = Nanoseconds(0)
    var isProbed = false
  }

  /// Beacons come back within this time, or never.
  package static let probing = Nanoseconds.milliseconds(100)
  /// A while longer, so that the member at a cable's other end has finished probing too.
  package static let joining = Nanoseconds.milliseconds(150)

  private var members: [Member]

  package init(members count: Int) { members = Array(repeating: Member(), count: count) }

  package var phases: [Phase] { members.map(\.phase) }

  /// Members in use, one bit each.
  package var live: UInt64 {
    members.indices.reduce(0) { members[$1].phase == .live ? $0 | 1 << UInt64($1) : $0 }
  }

  /// Time alone will change something.
  package var isWaiting: Bool { members.contains { $0.phase != .down && !($0.phase == .live && $0.isProbed) } }

  /// Takes notice of which links are up; returns what became of members, in the order it happened.
  package mutating func update(isUp: [Bool], now: Nanoseconds) -> [(member: Int, change: Change)] {
    var changes: [(member: Int, change: Change)] = []
    for member in members.indices where !isUp[member] && members[member].phase != .down {
      members[member].phase = .down
      changes.append((member, .down))
    }
    for member in members.indices where isUp[member] {
      if members[member].phase == .down {
        members[member] = Member(phase: .joining, since: now)
        changes.append((member, .up))
      }
      let passed = now.count - min(now.count, members[member].since.count)
      if !members[member].isProbed && passed >= Self.probing.count {
        members[member].isProbed = true
        changes.append((member, .probed))
      }
      if members[member].phase == .joining && passed >= Self.joining.count {
        members[member].phase = .live
        changes.append((member, .live))
      }
    }
    if live == 0, let first = members.firstIndex(where: { $0.phase == .joining }) {
      members[first].phase = .live
      changes.append((first, .live))
    }
    return changes
  }
}
