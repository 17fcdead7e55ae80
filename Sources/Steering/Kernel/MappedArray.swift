import Glibc

/// A BPF array of 64-bit words (BPF_F_MMAPABLE), read where it lies.
final class MappedArray: @unchecked Sendable {
  let words: UnsafePointer<UInt64>
  private let memory: UnsafeMutableRawPointer
  private let byteCount: Int

  init(_ map: BPFMap, entries: Int, place: String) throws(SteeringError) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    byteCount = (entries * 8 + page - 1) / page * page
    guard let memory = mmap(nil, byteCount, PROT_READ, MAP_SHARED, map.descriptor, 0), memory != MAP_FAILED else {
      throw SteeringError(place: place, operation: "map \(map.name) into memory", errno: errno)
    }
    self.memory = memory
    words = UnsafePointer(memory.assumingMemoryBound(to: UInt64.self))
  }

  deinit { munmap(memory, byteCount) }
}
