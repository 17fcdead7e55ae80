import Units

/// What a VM's memory holds and how fast it is written. Two images of one profile are equal byte for byte.
public struct VMProfile: Hashable, Sendable {
  /// At most 64 bytes of UTF-8.
  public var name: String
  /// Rounded up to whole pages of 4 KiB.
  public var memory: Bytes
  /// The part of the pages that hold only zeros, 0 to 1.
  public var zeroShare: Double
  /// The part of the pages that compress to less than half, 0 to 1; the pages left over are random.
  public var compressibleShare: Double
  /// The part of the pages that equal another page, 0 to 1.
  public var duplicateShare: Double
  /// What the memory holds in place of these shares: the bytes of a file, then zeros.
  public var image: String?
  /// Bytes a second of pages written: 4 KiB for each page touched, the same page twice counting twice. 0: none.
  public var dirtyRate: Bytes
  /// How much of the memory, from its start, the writers touch.
  public var workingSet: Bytes
  /// Where contents and the order of writes come from.
  public var seed: UInt64

  /// `workingSet` left out: a quarter of the memory.
  public init(
    name: String, memory: Bytes, zeroShare: Double = 0.1, compressibleShare: Double = 0,
    duplicateShare: Double = 0, dirtyRate: Bytes = Bytes(0), workingSet: Bytes? = nil, seed: UInt64 = 1
  ) {
    self.name = name
    self.memory = memory
    self.zeroShare = zeroShare
    self.compressibleShare = compressibleShare
    self.duplicateShare = duplicateShare
    self.dirtyRate = dirtyRate
    self.workingSet = workingSet ?? Bytes(memory.count / 4)
    self.seed = seed
  }

  public static let largestNameLength = 64
  /// 1 TiB: a length beyond it on the wire is a fault, not a VM.
  public static let largestMemory = Bytes(1 << 40)

  /// Throws one line that names the first thing wrong.
  public func validate() throws(MigrationError) {
    guard !name.isEmpty, name.utf8.count <= Self.largestNameLength else {
      throw MigrationError("'\(name)'", "is not a VM name", fix: "write 1 to \(Self.largestNameLength) bytes")
    }
    guard memory.count >= UInt64(MemoryImage.pageSize), memory <= Self.largestMemory else {
      throw MigrationError(name, "memory of \(memory) is out of range", fix: "write 4KiB to 1024GiB")
    }
    let shares = [zeroShare, compressibleShare, duplicateShare]
    guard shares.allSatisfy({ $0 >= 0 }), shares.reduce(0, +) <= 1.000_001 else {
      throw MigrationError(name, "zero, compressible and duplicate shares exceed 100% together", fix: "lower one")
    }
    guard workingSet <= memory else {
      throw MigrationError(name, "working set of \(workingSet) exceeds its memory of \(memory)", fix: "lower it")
    }
    guard dirtyRate.count == 0 || workingSet.count >= UInt64(MemoryImage.pageSize) else {
      throw MigrationError(name, "working set of \(workingSet) holds no page to write", fix: "write 4KiB or more")
    }
  }
}
