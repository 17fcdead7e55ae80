import CLinux
import Ports
import Rings
import Wire

/// Which member of a team a frame leaves by (Switch Embedded Teaming, "MAC address use on transmitted packets").
///
/// Each port has an affinity to one member, where the physical network knows its addresses. Group addressed frames and
/// what has no flow, ARP and neighbour discovery among it, leave there. Other frames of a flow may leave by any member;
/// by another one they carry its device's address as source, so that no physical switch learns the port's elsewhere.
extension Worker {
  @inline(never) mutating func sendByMember(
    _ frame: UnsafeMutablePointer<Frame>, _ team: UnsafePointer<Team>, _ table: TableView
  ) {
    let live = team.pointee.live
    if live == 0 {
      refuse(frame, .dropNoMember, at: table.ports + Int(frame.pointee.input))
      return
    }
    let affinity = team.pointee.affinity(ofPort: frame.pointee.input, among: live)
    var member = affinity
    var flowlet: UnsafeMutablePointer<UInt64>?
    if team.pointee.mode != .hypervPort, !frame.pointee.isToGroup, let hash = flowHash(frame.pointee) {
      if team.pointee.mode == .dynamic {
        let place = team.pointee.flowlets.place(hash)
        member = flowletMember(frame.pointee, place, team, live, affinity, table)
        flowlet = place
      } else {
        member = Self.staticMember(hash, team.pointee.memberCount, live)
      }
    }
    if member != affinity {
      let address = team.pointee.words.load(.address, member)
      MACField.write(address, to: base + Int(frame.pointee.address) + MACField.sourceOffset)
      frame.pointee.source = address
    }
    let port = team.pointee.ports[member]
    send(frame, to: port, table.ports + Int(port), table)
    guard let flowlet else { return }
    // Only now is it known whether the frame is one of the queue's, or joined to one.
    let queue = (table.ports + Int(port)).pointee.outputs + index
    let number = queue.pointee.removed &+ UInt64(queue.pointee.count)
    team.pointee.flowlets.set(Flowlet(member: member, worker: index, number: number, now: now), at: flowlet)
  }

  /// Always the same member while it is live; flows of one that is not are spread over those that are.
  @inline(__always) private static func staticMember(_ hash: UInt64, _ count: Int, _ live: UInt64) -> Int {
    let own = Int(((hash >> 32) &* UInt64(count)) >> 32)
    if live & (1 << UInt64(own)) != 0 { return own }
    var rest = live
    for _ in 0..<Int(((hash & 0xFFFF_FFFF) &* UInt64(live.nonzeroBitCount)) >> 32) { rest &= rest &- 1 }
    return rest.trailingZeroBitCount
  }

  /// A flow keeps its member until it has paused for the gap and what it sent has left the queue. Then it goes to the
  /// least loaded member, if that carries less afterwards than its own does now, by a quarter of the flow or more.
  @inline(__always) private mutating func flowletMember(
    _ frame: Frame, _ place: UnsafeMutablePointer<UInt64>, _ team: UnsafePointer<Team>, _ live: UInt64, _ affinity: Int,
    _ table: TableView
  ) -> Int {
    let last = team.pointee.flowlets.flowlet(at: place)
    let volume = team.pointee.flowlets.add(frame.wireLength, at: place, step: LoadClock.step(now))
    var member = last.member
    if !last.isSet || live & (1 << UInt64(member)) == 0 {
      member = team.pointee.leastLoaded(of: live, worker: index, preferring: affinity)
    } else if hasPaused(last, for: team.pointee.flowlets.gap), !isQueued(last, team, table) {
      let best = team.pointee.leastLoaded(of: live, worker: index, preferring: member)
      let after = team.pointee.load(of: best, worker: index) &+ volume &+ volume / 4 &+ Self.leastImbalance
      if after < team.pointee.load(of: member, worker: index) {
        team.pointee.shift(volume, from: member, to: best)
        team.pointee.words.add(.moves, index, best, 1)
        member = best
      }
    }
    team.pointee.count(frame.wireLength, member: member, worker: index, now: now)
    return member
  }

  /// Below some Mbit/s nothing is gained by a move.
  private static var leastImbalance: UInt64 { 32 << 10 }

  /// Whether a flow's last frame left so long ago. When another worker's left is not known here.
  @inline(__always) private func hasPaused(_ last: Flowlet, for gap: UInt64) -> Bool {
    guard last.worker == index, last.isOlder(than: gap, now: now) else { return false }
    guard let end = slowPasses.end(ofPassOf: last) else { return true }
    return now &- end > gap
  }

  /// Whether the last frame of a flow, which this worker has sent, may still wait here.
  @inline(__always) private func isQueued(
    _ last: Flowlet, _ team: UnsafePointer<Team>, _ table: TableView
  ) -> Bool {
    let port = table.ports + Int(team.pointee.ports[last.member])
    let queue = port.pointee.outputs + index
    // Frames that wait for a rate get their number only when they come to the queue.
    if port.pointee.bandwidth != nil && (waiting.count > 0 || !queue.pointee.isEmpty) { return true }
    if last.isAmong(queue.pointee.count, after: queue.pointee.removed) { return true }
    // On the TX ring frames have no numbers. From a device that is down none leaves.
    let io = port.pointee.io + index
    return io.mustKick && !io.pointee.transmitSocket.unsafelyUnwrapped.pointee.isDown
  }

  /// A hash of addresses and ports, every bit of which depends on all of them; nil for what is not IP, and for ICMPv6,
  /// which carries neighbour discovery. Fragments have no ports: those of two hosts are one flow.
  @inline(__always) private func flowHash(_ frame: Frame) -> UInt64? {
    let start = UnsafeRawPointer(base + Int(frame.address))
    let l3 = Int(frame.l3Offset)
    let isIPv6 = frame.isIPv6
    // SAFETY: `classify` found the Ethernet header and a tag whole; addresses and ports are read within the first part.
    guard Int(frame.firstLength) >= l3 + (isIPv6 ? 40 : 20), frame.ipProtocol != IPProtocol.icmpv6,
      start.big16(l3 - 2) == (isIPv6 ? EtherType.ipv6 : EtherType.ipv4)
    else { return nil }
    var hash = UInt64(frame.ipProtocol)
    if isIPv6 {
      for word in 0..<4 {
        hash = Self.mix(hash ^ start.loadUnaligned(fromByteOffset: l3 + 8 + 8 * word, as: UInt64.self))
      }
    } else {
      hash = Self.mix(hash ^ start.loadUnaligned(fromByteOffset: l3 + 12, as: UInt64.self))
    }
    let l4 = Int(frame.l4Offset)
    let isFragment = !isIPv6 && start.big16(l3 + 6) & 0x3FFF != 0
    if l4 != 0, !isFragment, l4 + 4 <= Int(frame.firstLength),
      frame.ipProtocol == IPProtocol.tcp || frame.ipProtocol == IPProtocol.udp
    {
      hash = Self.mix(hash ^ UInt64(start.big32(l4)))
    }
    return hash
  }

  @inline(__always) private static func mix(_ word: UInt64) -> UInt64 { (word &+ 0x9E37_79B9_7F4A_7C15).mixed }
}
