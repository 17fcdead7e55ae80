import CLinux
import Ports

/// Which frames a team takes from a member.
///
/// Physical switches do not know the team: what they flood they send to all members on their network, and so it would
/// be delivered more than once; and what one member sent would come in through another. Members that are not on one
/// network (two cables between two hosts) get each frame once, wherever the sender chose to send it. Beacons tell which
/// members are on one network. Of each such group of members
/// - a frame for a port is taken from the member of that port's affinity,
/// - a group addressed frame, and one for nobody known, from the first live one,
/// - a frame whose source is behind another port of this switch from the member of that port's affinity alone: there it
///   says that the address has moved, at any other it is a frame that this switch sent.
extension Worker {
  /// False: the frame is dropped.
  @inline(never) mutating func admitFromMember(
    _ frame: UnsafeMutablePointer<Frame>, _ team: UnsafePointer<Team>, _ entry: UnsafeMutablePointer<PortEntry>,
    _ table: TableView
  ) -> Bool {
    let member = Int(entry.pointee.member)
    let bit: UInt64 = 1 << UInt64(member)
    let (source, vlan) = (frame.pointee.source, frame.pointee.vlan)
    let sender = team.pointee.member(at: source)
    if let sender, sender != member { team.pointee.noteHeard(sender, by: member) }
    if frame.pointee.destination == Team.beaconAddress {
      drop(frame, .dropBeacon, at: entry)
      return false
    }
    if sender != nil {
      drop(frame, .dropReflected, at: entry)
      return false
    }
    let live = team.pointee.live
    let group = (team.pointee.words.load(.shared, member) | bit) & live
    // Alone on its network.
    if group & ~bit == 0 { return true }
    if let port = localPort(of: source, vlan, table) {
      let affinity = team.pointee.affinity(ofPort: port, among: live)
      if affinity != member && group & (1 << UInt64(affinity)) != 0 {
        drop(frame, .dropReflected, at: entry)
        return false
      }
      table.fdb.learn(source, vlan: vlan, port: entry.pointee.bridgePort, second: second)
    }
    let proper: Int
    if !frame.pointee.isToGroup, let output = localPort(of: frame.pointee.destination, vlan, table) {
      let affinity = team.pointee.affinity(ofPort: output, among: live)
      let isHere = group & (1 << UInt64(affinity)) == 0 || now < team.pointee.words[.settled]
      proper = isHere ? member : affinity
    } else {
      proper = group.trailingZeroBitCount
    }
    if proper == member { return true }
    drop(frame, .dropOtherMember, at: entry)
    return false
  }

  /// The port behind an address, unless that is an uplink.
  @inline(__always) private func localPort(of address: UInt64, _ vlan: UInt16, _ table: TableView) -> UInt16? {
    guard let port = table.fdb.port(of: address, vlan: vlan), Int(port) < table.portCount,
      table.isActive[Int(port)], !table.ports[Int(port)].isUplink
    else { return nil }
    return port
  }
}
