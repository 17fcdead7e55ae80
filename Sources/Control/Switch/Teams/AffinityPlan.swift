import Dataplane

/// Which member each port of a team has its affinity to: where the physical network knows its addresses. Pure.
package struct AffinityPlan: Sendable, Equatable {
  /// The member of each port when all are live.
  package private(set) var homes: [UInt16: Int] = [:]
  let members: Int
  let spreads: Bool

  package init(members: Int, mode: TeamMode) {
    self.members = members
    spreads = mode.spreadsPorts
  }

  /// Gives new ports the member that the fewest have; those that were there keep theirs.
  package mutating func assign(_ ports: [UInt16]) {
    homes = homes.filter { ports.contains($0.key) }
    for port in ports.sorted() where homes[port] == nil {
      homes[port] = spreads ? (0..<members).min { (count($0), $0) < (count($1), $1) }! : 0
    }
  }

  private func count(_ member: Int) -> Int { homes.values.count { $0 == member } }

  /// Where each port is now: at home, or, while that member is not live, spread over those that are.
  package func places(live: UInt64) -> [UInt16: Int] {
    let alive = (0..<members).filter { live & (1 << UInt64($0)) != 0 }
    if alive.isEmpty { return homes }
    var guests = 0
    var places = homes
    for (port, home) in homes.sorted(by: { $0.key < $1.key }) where !alive.contains(home) {
      places[port] = spreads ? alive[guests % alive.count] : alive[0]
      guests += 1
    }
    return places
  }
}
