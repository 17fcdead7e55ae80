import Units

/// The first bytes of a connection: which VM comes, how large it is and how it goes on running.
///
/// ```
///  0 magic u64          24 migration id u64 x 2     48 dirty rate u64 (bytes a second)   80 name, zero-padded
///  8 version u16        40 connection u16           56 working set u64                  144 replies u32
/// 10 flags u16          42 connections u16          64 seed u64                         148 duplicate share u32
/// 12 page size u32      44 name length u32          72 zero share u32 (millionths)      152 zeros
/// 16 memory u64                                     76 compressible share u32 (millionths)
/// ```
///
/// Flags: 1 resumes, 2 wants.
package struct Hello: Hashable, Sendable {
  package static let length = 176

  package var profile: VMProfile
  /// Tells migrations apart, also between hosts and runs.
  package var migration: [UInt64]
  /// The number of this connection, and how many there are.
  package var connection = 0
  package var connections = 1
  /// The migration is under way: a target that does not know it refuses.
  package var resumes = false
  /// Nothing but the numbers of pages that are wanted at once, u64 each, comes back over this connection.
  package var wants = false
  /// Records the source has received over connection 0.
  package var replies: UInt32 = 0

  package init(profile: VMProfile, migration: (UInt64, UInt64)) {
    self.profile = profile
    self.migration = [migration.0, migration.1]
  }

  package var encoded: [UInt8] {
    var wire = WireBytes(count: Self.length)
    wire.put(WireFormat.magic, at: 0)
    wire.put(WireFormat.version, at: 8)
    wire.put(UInt16((resumes ? 1 : 0) | (wants ? 2 : 0)), at: 10)
    wire.put(UInt32(MemoryImage.pageSize), at: 12)
    wire.put(profile.memory.count, at: 16)
    wire.put(migration[0], at: 24)
    wire.put(migration[1], at: 32)
    wire.put(UInt16(connection), at: 40)
    wire.put(UInt16(connections), at: 42)
    wire.put(UInt32(profile.name.utf8.count), at: 44)
    wire.put(profile.dirtyRate.count, at: 48)
    wire.put(profile.workingSet.count, at: 56)
    wire.put(profile.seed, at: 64)
    wire.put(UInt32(profile.zeroShare * 1e6), at: 72)
    wire.put(UInt32(profile.compressibleShare * 1e6), at: 76)
    wire.bytes.replaceSubrange(80..<(80 + profile.name.utf8.count), with: profile.name.utf8)
    wire.put(replies, at: 144)
    wire.put(UInt32(profile.duplicateShare * 1e6), at: 148)
    return wire.bytes
  }

  /// Throws one line when the bytes are no greeting of this version, or ask for what cannot be.
  package init(decoding bytes: [UInt8], from peer: String) throws(MigrationError) {
    let wire = WireBytes(bytes)
    guard bytes.count == Self.length, wire.get(0) == WireFormat.magic else {
      throw MigrationError(peer, "is not a migration source", fix: "check what its --to names")
    }
    let version = wire.get(8, as: UInt16.self)
    guard version == WireFormat.version else {
      throw MigrationError(peer, "speaks version \(version), this is \(WireFormat.version)", fix: "use one version")
    }
    (connection, connections) = (Int(wire.get(40, as: UInt16.self)), Int(wire.get(42, as: UInt16.self)))
    guard wire.get(10, as: UInt16.self) <= 3, (1...WireFormat.mostConnections).contains(connections),
      connection < connections
    else { throw MigrationError(peer, "asks for features this version lacks", fix: "use one version") }
    resumes = wire.get(10, as: UInt16.self) & 1 != 0
    wants = wire.get(10, as: UInt16.self) & 2 != 0
    let pageSize = wire.get(12, as: UInt32.self)
    guard pageSize == UInt32(MemoryImage.pageSize) else {
      throw MigrationError(peer, "has pages of \(pageSize) bytes, this host \(MemoryImage.pageSize)")
    }
    let nameLength = Int(wire.get(44, as: UInt32.self))
    guard nameLength <= VMProfile.largestNameLength else { throw MigrationError(peer, "sends a name too long") }
    let name = String(decoding: bytes[80..<(80 + nameLength)], as: UTF8.self)
    guard name.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
      throw MigrationError(peer, "sends a name with control characters")
    }
    profile = VMProfile(
      name: name, memory: Bytes(wire.get(16)), zeroShare: Double(wire.get(72, as: UInt32.self)) / 1e6,
      compressibleShare: Double(wire.get(76, as: UInt32.self)) / 1e6,
      duplicateShare: Double(wire.get(148, as: UInt32.self)) / 1e6, dirtyRate: Bytes(wire.get(48)),
      workingSet: Bytes(wire.get(56)), seed: wire.get(64))
    migration = [wire.get(24), wire.get(32)]
    replies = wire.get(144)
    try profile.validate()
  }
}
