import CLinux

/// A team as workers hold it: pointers only.
public struct Team {
  let mode: TeamMode
  let memberCount: Int
  /// Index: member.
  let ports: UnsafePointer<UInt16>
  /// Members that have a device in this picture of the switch.
  let present: UInt64
  let words: TeamWords
  let flowlets: FlowletTable

  init(_ table: TeamTable, present: UInt64) {
    mode = table.mode
    memberCount = table.ports.count
    ports = table.portList
    self.present = present
    words = table.words
    flowlets = table.flowlets
  }

  @inline(__always) var live: UInt64 { words[.live] & present }

  /// The member a port's addresses are known at; while that is not live, the first one that is.
  @inline(__always) func affinity(ofPort port: UInt16, among live: UInt64) -> Int {
    let member = Int(words.load(.affinity, Int(port)))
    return live & (1 << UInt64(member)) != 0 ? member : live.trailingZeroBitCount
  }

  /// The member whose device has this address, or nil.
  @inline(__always) func member(at address: UInt64) -> Int? {
    for member in 0..<memberCount where words.load(.address, member) == address { return member }
    return nil
  }

  /// A frame that one member sent has come in through the other.
  @inline(never) func noteHeard(_ sender: Int, by receiver: Int) {
    for (a, b) in [(sender, receiver), (receiver, sender)] {
      words.change(.heard, a) { $0 | 1 << UInt64(b) }
      words.change(.shared, a) { $0 | 1 << UInt64(b) }
    }
  }

  /// Beacons tell members of one team that they are on one network. To a locally administered group address.
  public static var beaconAddress: UInt64 { 0x034D_5254_4D01 }
}
