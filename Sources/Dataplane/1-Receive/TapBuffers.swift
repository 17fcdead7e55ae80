import CLinux
import Rings

/// The chunks a tap read scatters a frame into: kept from read to read, those used are replaced.
struct TapBuffers {
  /// Parts of the longest super-frame: 64 KiB and its headers.
  static let parts = 18

  /// `chunks[0..<count]` are free chunks ready to be read into.
  let chunks: UnsafeMutablePointer<UInt32>
  let vectors: UnsafeMutablePointer<iovec>
  let header: UnsafeMutablePointer<ml_vnet_header>

  init() {
    chunks = .allocate(capacity: Self.parts)
    chunks.initialize(repeating: ChunkTable.none, count: Self.parts)
    vectors = .allocate(capacity: Self.parts + 1)
    header = .allocate(capacity: 1)
  }

  /// Gives the chunks back.
  func deallocate(into pool: FramePool) {
    for i in 0..<Self.parts where chunks[i] != ChunkTable.none { pool.give(chunks + i, count: 1) }
    chunks.deallocate()
    vectors.deallocate()
    header.deallocate()
  }
}
