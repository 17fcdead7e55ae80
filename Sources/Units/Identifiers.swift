/// A port's place in the switch's tables: 0 to 1,023.
public struct PortID: Hashable, Comparable, Sendable, Codable {
  public var index: UInt16
  @inlinable public init(_ index: UInt16) { self.index = index }
  @inlinable public static func < (a: PortID, b: PortID) -> Bool { a.index < b.index }
}

/// A worker's number: 0 to 63.
public struct WorkerID: Hashable, Comparable, Sendable, Codable {
  public var index: UInt8
  @inlinable public init(_ index: UInt8) { self.index = index }
  @inlinable public static func < (a: WorkerID, b: WorkerID) -> Bool { a.index < b.index }
}

/// A VMQ's number; 0 is the default queue.
public struct QueueID: Hashable, Comparable, Sendable, Codable {
  public var index: UInt16
  @inlinable public init(_ index: UInt16) { self.index = index }
  @inlinable public static func < (a: QueueID, b: QueueID) -> Bool { a.index < b.index }
  public static let defaultQueue = QueueID(0)
}
