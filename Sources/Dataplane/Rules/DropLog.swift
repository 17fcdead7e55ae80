import CLinux

/// The last frames that rules dropped, of each worker: written by it in passing, read by control while it runs.
public struct DropLog: @unchecked Sendable {
  /// Frames kept, for each worker.
  public static let length = 64

  /// A frame that was dropped.
  public struct Record: Sendable, Hashable {
    /// Monotonic nanoseconds.
    public var time: UInt64
    public var port: UInt16
    public var reason: Counter
    /// Towards the port's device; else sent by it.
    public var isIn: Bool
    /// The rule's cell; 0 when no rule did it.
    public var cell: UInt32
    public var packet: Packet
    /// Bytes.
    public var length: UInt32
  }

  // A worker's block: [records written], then 11 words a record: its number, and what `write` puts there.
  private let words: UnsafeMutablePointer<UInt64>
  private let workers: Int
  private static let recordWords = 11
  private static let stride = 8 + length * recordWords

  public init(workers: Int) {
    self.workers = workers
    // SAFETY: aligned so that no two workers' blocks share a line; 8 + 64 × 11 words are whole lines.
    words = UnsafeMutableRawPointer.allocate(byteCount: workers * Self.stride * 8, alignment: 64)
      .initializeMemory(as: UInt64.self, repeating: 0, count: workers * Self.stride)
  }

  public func deallocate() { words.deallocate() }

  /// Notes a frame. Its place holds an older one, which nobody can read any more from here on.
  @inline(never) func write(_ record: Record, worker: Int) {
    let block = words + worker * Self.stride
    let number = block[0] &+ 1
    let place = block + 8 + Int((number &- 1) % UInt64(Self.length)) * Self.recordWords
    ml_store_relaxed_u64(place, 0)
    ml_fence_seq_cst()
    let packet = record.packet
    let who =
      UInt64(record.port) | UInt64(record.reason.rawValue) << 16 | (record.isIn ? 1 : 0) << 24
      | UInt64(packet.network.rawValue) << 25 | UInt64(packet.ports.rawValue) << 27
      | UInt64(packet.ipProtocol) << 29 | UInt64(record.cell) << 40
    ml_store_relaxed_u64(place + 1, record.time)
    ml_store_relaxed_u64(place + 2, who)
    ml_store_relaxed_u64(place + 3, packet.remoteHigh)
    ml_store_relaxed_u64(place + 4, packet.remoteLow)
    ml_store_relaxed_u64(place + 5, packet.localHigh)
    ml_store_relaxed_u64(place + 6, packet.localLow)
    ml_store_relaxed_u64(place + 7, packet.remoteMAC)
    ml_store_relaxed_u64(place + 8, packet.localMAC)
    ml_store_relaxed_u64(place + 9, UInt64(packet.remotePort) << 16 | UInt64(packet.localPort))
    ml_store_relaxed_u64(place + 10, UInt64(record.length))
    ml_store_release_u64(place, number)
    ml_store_release_u64(block, number)
  }

  /// What the workers noted, newest first; a record that is being written is left out.
  public func records() -> [Record] {
    (0..<workers).flatMap { worker in
      (0..<Self.length).compactMap { read(words + worker * Self.stride + 8 + $0 * Self.recordWords) }
    }.sorted { $0.time > $1.time }
  }

  private func read(_ place: UnsafeMutablePointer<UInt64>) -> Record? {
    let number = ml_load_acquire_u64(place)
    if number == 0 { return nil }
    let w = (0..<Self.recordWords).map { ml_load_relaxed_u64(place + $0) }
    ml_fence_acquire()
    guard ml_load_relaxed_u64(place) == number, let reason = Counter(rawValue: Int(w[2] >> 16 & 0xFF)) else {
      return nil
    }
    var packet = Packet()
    packet.network = Packet.Network(rawValue: UInt8(w[2] >> 25 & 3))!
    packet.ports = Packet.Ports(rawValue: UInt8(w[2] >> 27 & 3)) ?? .unknown
    packet.ipProtocol = UInt16(w[2] >> 29 & 0x1FF)
    (packet.remoteHigh, packet.remoteLow, packet.localHigh, packet.localLow) = (w[3], w[4], w[5], w[6])
    (packet.remoteMAC, packet.localMAC) = (w[7], w[8])
    packet.remotePort = UInt16(truncatingIfNeeded: w[9] >> 16)
    packet.localPort = UInt16(truncatingIfNeeded: w[9])
    return Record(
      time: w[1], port: UInt16(truncatingIfNeeded: w[2]), reason: reason, isIn: w[2] >> 24 & 1 == 1,
      cell: UInt32(w[2] >> 40), packet: packet, length: UInt32(truncatingIfNeeded: w[10]))
  }
}
