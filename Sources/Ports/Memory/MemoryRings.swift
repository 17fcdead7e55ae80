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

    public init(
      address: UInt64, length: UInt32, firstLength: UInt32, segments: UInt32, metadataFlags: UInt16 = 0,
      vlanTCI: UInt16 = 0, gsoSize: UInt16 = 0
    ) {
      self.address = address
      self.length = length
      self.firstLength = firstLength
      self.segments = segments
      self.metadataFlags = metadataFlags
      self.vlanTCI = vlanTCI
      self.gsoSize = gsoSize
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
    defer { receiveConsumed &+= 1 }
    return receive[Int(receiveConsumed & 4095)]
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
}
