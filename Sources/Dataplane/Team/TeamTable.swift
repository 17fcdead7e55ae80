import CLinux
import Units

/// One team of uplinks, as control and workers share it. A team is one port to the FDB and to floods; which member a
/// frame takes is decided when it leaves.
///
/// Members are numbered from 0 in the order of the configuration. All words are atomic; control writes states and
/// addresses, workers the rest.
public final class TeamTable: @unchecked Sendable {
  public static let members = 32

  public let mode: TeamMode
  /// The port of each member.
  public let ports: [UInt16]
  let workers: Int
  let words: TeamWords
  let flowlets: FlowletTable
  /// `ports`, for workers.
  let portList: UnsafePointer<UInt16>

  /// - Parameters:
  ///   - ports: 2 to 32 members' ports.
  ///   - gap: the pause after which a flow may change its member; longer than the paths' delays differ by.
  public init(mode: TeamMode, ports: [UInt16], gap: Nanoseconds, workers: Int) {
    precondition((1...Self.members).contains(ports.count), "1 to 32 members")
    self.mode = mode
    self.ports = ports
    self.workers = workers
    words = TeamWords(workers: workers)
    flowlets = FlowletTable(gap: gap)
    let list = UnsafeMutablePointer<UInt16>.allocate(capacity: ports.count)
    list.initialize(from: ports, count: ports.count)
    portList = UnsafePointer(list)
  }

  deinit {
    words.deallocate()
    flowlets.deallocate()
    portList.deallocate()
  }

  /// Members that frames may be sent to, one bit each.
  public var live: UInt64 {
    get { words[.live] }
    set { words[.live] = newValue }
  }

  /// Until this moment (monotonic nanoseconds) a frame is taken from whichever member it arrives at: physical switches
  /// have not learned yet where a port's addresses are now.
  public func acceptAnywhere(until moment: UInt64) { words[.settled] = moment }

  /// The member that a port's frames leave by when nothing speaks for another, and that its addresses are known at.
  public func setAffinity(_ member: Int, ofPort port: UInt16) { words.store(.affinity, Int(port), UInt64(member)) }
  public func affinity(ofPort port: UInt16) -> Int { Int(words.load(.affinity, Int(port))) }

  /// The address of a member's device (`MACAddress.value`).
  public func setAddress(_ address: UInt64, ofMember member: Int) { words.store(.address, member, address) }

  /// Members whose frames come back through `member`: they are on one network with it.
  public func heard(byMember member: Int) -> UInt64 { words.load(.heard, member) }

  /// Nothing is known of a member's network any more: it counts as that of all others.
  public func forgetNetwork(ofMember member: Int) {
    for other in ports.indices where other != member {
      words.change(.heard, other) { $0 & ~(1 << UInt64(member)) }
      words.change(.shared, other) { $0 | 1 << UInt64(member) }
    }
    words.store(.heard, member, 0)
    words.store(.shared, member, ((1 << UInt64(ports.count)) - 1) & ~(1 << UInt64(member)))
  }

  /// From now on a member is on one network with those that were heard, and no others.
  public func fixNetwork(ofMember member: Int) {
    let heard = heard(byMember: member)
    words.store(.shared, member, heard)
    for other in ports.indices where other != member && heard & (1 << UInt64(other)) == 0 {
      words.change(.shared, other) { $0 & ~(1 << UInt64(member)) }
    }
  }

  /// From now on members are on one network with those that were heard since this was called last, and no others.
  public func renewNetworks() {
    for member in ports.indices { words.store(.shared, member, heard(byMember: member)) }
    for member in ports.indices { words.store(.heard, member, 0) }
  }

  /// Flowlets that went to a member from another one that was live.
  public func flowletMoves(toMember member: Int) -> UInt64 {
    (0..<workers).reduce(0) { $0 &+ words.load(.moves, $1, member) }
  }

  /// Flows that sent a frame within `time` before `now` (monotonic nanoseconds), by member. Flows that share a place in
  /// the table count as one.
  public func activeFlows(now: UInt64, within time: Nanoseconds) -> [Int] {
    flowlets.active(now: now, within: time.count, members: ports.count)
  }
}
