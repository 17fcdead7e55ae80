import Dataplane
import Rings
import Units

/// What a switch takes of its host's memory, in user space and in the kernel, before traffic: the formula of
/// ARCHITECTURE.md, *Memory*.
package enum MemoryNeed {
  /// The program itself, with the libraries' pages it has touched.
  static let program: UInt64 = 44 << 20
  /// A chunk's link, its owner and its place in the free pool.
  static let perChunk: UInt64 = 16 + 2 + 4
  /// The FDB's line of three entries, of which there are twice as many as addresses.
  static let perLine: UInt64 = 64
  /// A worker's batch, cache, message buffers and stack; and, once there are rules, its first huge page of counters.
  static let perWorker: UInt64 = UInt64(256 << 10 + LargeMemory.hugePage)
  /// What the kernel keeps of each chunk for each UMEM registration: a buffer's head, the page's address and mapping.
  static let perRegisteredChunk: UInt64 = 144
  /// COMPLETION ring of a (netdev, queue).
  static let perDeviceQueue: UInt64 = 8192 * 8
  /// TX ring of a worker's socket on it.
  static let perSocket: UInt64 = 2048 * 16
  /// An entry of its FILL ring; and of each worker's RX ring.
  static let perFillEntry: UInt64 = 8
  static let perReceiveEntry: UInt64 = 16
  /// A port's XDP program and maps.
  static let perPort: UInt64 = 256 << 10
  /// A worker's output queue for a port, once it was full.
  static let perOutputQueue: UInt64 = 2 * 2048 * 64
  /// A rule: its words, counters and total, and its part of the tables, old and new at once while they change.
  static let perRule: UInt64 = 2688
  /// A team's words and flowlets; and a worker's words for its members.
  static let perTeam: UInt64 = (8 + 4 * 32 + 1024 + 2 * 4096) * 8
  static let perTeamWorker: UInt64 = (8 + 2 * 32) * 8

  /// All but the ports. `hugePages`: free ones that the host has set aside, which hold the arena when it fits.
  static func ofSwitch(_ config: SwitchConfig, hugePages: Bytes) -> Bytes {
    let chunks = config.arena.count / UInt64(FrameArena.chunkSize)
    var lines: UInt64 = 2
    while lines < UInt64(config.fdb.addresses) * 2 { lines *= 2 }
    let arena = config.arena <= hugePages ? 0 : config.arena.count
    let keepsFlows = config.allPorts.contains { $0.acl.contains(where: \.isStateful) }
    let flows = keepsFlows ? UInt64(FlowTable.bytes(capacity: config.flows)) : 0
    let workers = UInt64(config.workers.count)
    let teams = UInt64(config.teams.count) * (perTeam + workers * perTeamWorker)
    return Bytes(program + arena + chunks * perChunk + lines * perLine + workers * perWorker + flows + teams)
  }

  /// One port with so many rules, whose device has so many receive queues; none for a host port.
  static func ofPort(_ config: SwitchConfig, rules: Int, deviceQueues: Int) -> Bytes {
    let chunks = config.arena.count / UInt64(FrameArena.chunkSize)
    let workers = UInt64(config.workers.count)
    let budget = FrameBudget(chunks: Int(chunks), deviceQueues: max(deviceQueues, config.allPorts.count))
    let entries = UInt64(DeviceQueue.Configuration.ringEntries(outstandingLimit: budget?.outstandingLimit ?? 0))
    let queue =
      chunks * perRegisteredChunk + perDeviceQueue + entries * perFillEntry
      + workers * (perSocket + entries * perReceiveEntry)
    return Bytes(perPort + UInt64(deviceQueues) * queue + workers * perOutputQueue + UInt64(rules) * perRule)
  }
}
