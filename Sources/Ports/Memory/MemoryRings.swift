import Rings

/// The two rings of a memory port: single producer, single consumer, the frames' descriptors inside.
public struct MemoryRings {
  /// A frame in the arena, whole in one chunk or a chain.
  public struct Entry {
    public var address: UInt64
    public var length: UInt32
    public var firstLength: UInt32
    public var segments: UInt32
    /// `MR_META_…`.
    public var metadataFlags: UInt16
    /// With MR_META_VLAN: the tag beside the frame.
    public var vlanTCI: UInt16
    public var gsoSize: UInt16
    /// With MR_META_PARTIAL, received frames only: where the kernel says that the checksum's range begins, and where in it
    /// the checksum stands; 0: it does not say.
    public var checksumStart: UInt16
    public var checksumOffset: UInt16
    /// As in `mr_frame_metadata`, received frames only.
    public var hash: UInt32
    public var number: UInt32

    public init(
      address: UInt64, length: UInt32, firstLength: UInt32, segments: UInt32, metadataFlags: UInt16 = 0,
      vlanTCI: UInt16 = 0, gsoSize: UInt16 = 0, checksumStart: UInt16 = 0, checksumOffset: UInt16 = 0,
      hash: UInt32 = 0, number: UInt32 = 0
    ) {
      self.address = address
      self.length = length
      self.firstLength = firstLength
      self.segments = segments
      self.metadataFlags = metadataFlags
      self.vlanTCI = vlanTCI
      self.gsoSize = gsoSize
      self.checksumStart = checksumStart
      self.checksumOffset = checksumOffset
      self.hash = hash
      self.number = number
    }
  }

  public static var capacity: UInt32 { 4096 }
  static var mask: UInt32 { capacity - 1 }

  @usableFromInline let receive: UnsafeMutablePointer<Entry>
  @usableFromInline let transmit: UnsafeMutablePointer<Entry>
  public var receiveProduced: UInt32 = 0
  public var receiveConsumed: UInt32 = 0
  public var transmitProduced: UInt32 = 0
  public var transmitConsumed: UInt32 = 0
  /// The transmit side refuses frames, as a device does whose ring is full.
  public var isBlocked = false
  public var progress = ReceiveProgress()
  /// Frames that were sent this ring's way by number, and of these the dropped ones: as a driver in native mode gives
  /// them. None are numbered while `given` is nil.
  public var given: UInt32?
  public var dropped: UInt32 = 0

  public init() {
    receive = .allocate(capacity: Int(Self.capacity))
    transmit = .allocate(capacity: Int(Self.capacity))
  }

  public func deallocate() {
    receive.deallocate()
    transmit.deallocate()
  }

  @inlinable public mutating func pushReceived(_ entry: Entry) -> Bool {
    guard receiveProduced &- receiveConsumed < Self.capacity else { return false }
    receive[Int(receiveProduced & 4095)] = entry
    receiveProduced &+= 1
    return true
  }

  @inlinable public mutating func popReceived() -> Entry? {
    guard receiveProduced != receiveConsumed else { return nil }
    let entry = receive[Int(receiveConsumed & 4095)]
    receiveConsumed &+= 1
    progress.taken &+= 1
    progress.lastNumber = entry.number
    return entry
  }

  /// Frames that can be pushed.
  @inlinable public var transmitRoom: Int {
    isBlocked ? 0 : Int(Self.capacity &- (transmitProduced &- transmitConsumed))
  }

  @inlinable public mutating func pushTransmitted(_ entry: Entry) -> Bool {
    guard !isBlocked, transmitProduced &- transmitConsumed < Self.capacity else { return false }
    transmit[Int(transmitProduced & 4095)] = entry
    transmitProduced &+= 1
    return true
  }

  @inlinable public mutating func popTransmitted() -> Entry? {
    guard transmitProduced != transmitConsumed else { return nil }
    defer { transmitConsumed &+= 1 }
    return transmit[Int(transmitConsumed & 4095)]
  }

  /// As `XDPSocketState` has them.
  public mutating func markReceive() { progress.mark(producer: receiveProduced, given: given ?? 0) }

  public func hasReceivedMarked() -> Bool {
    guard progress.hasTakenMarked(consumer: receiveConsumed) else { return false }
    guard let given, !progress.hasReachedMarkedNumber else { return true }
    return receiveProduced == receiveConsumed && progress.isEverythingKnown(drops: dropped, given: given)
  }

  public mutating func forgetMissing() {
    if let given { progress.forgetMissing(drops: dropped, given: given) }
  }

  /// Whether all that was transmitted has been taken.
  public func hasLeft() -> Bool { transmitProduced == transmitConsumed }
}
