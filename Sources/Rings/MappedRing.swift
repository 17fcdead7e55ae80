import CLinux
import CXDP
import Glibc

/// A ring of an AF_XDP socket, mapped from the kernel; its cursors are libxdp's.
struct MappedRing {
  let memory: UnsafeMutableRawPointer
  let byteCount: Int

  /// Maps the ring at `offset` of the socket's address space. `element` is the size of one entry in bytes.
  init(fd: Int32, offset: off_t, layout: xdp_ring_offset, entries: Int, element: Int, netdev: String) throws(RingError)
  {
    byteCount = Int(layout.desc) + entries * element
    guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset),
      memory != MAP_FAILED
    else { throw RingError("\(netdev): mapping an AF_XDP ring", errno, "free some memory") }
    self.memory = memory
  }

  func unmap() { munmap(memory, byteCount) }

  func word(_ offset: UInt64) -> UnsafeMutablePointer<UInt32> {
    (memory + Int(offset)).assumingMemoryBound(to: UInt32.self)
  }

  func producer(_ layout: xdp_ring_offset, entries: UInt32) -> xsk_ring_prod {
    xsk_ring_prod(
      cached_prod: word(layout.producer).pointee, cached_cons: word(layout.consumer).pointee &+ entries,
      mask: entries - 1, size: entries, producer: word(layout.producer), consumer: word(layout.consumer),
      ring: memory + Int(layout.desc), flags: word(layout.flags))
  }

  func consumer(_ layout: xdp_ring_offset, entries: UInt32) -> xsk_ring_cons {
    xsk_ring_cons(
      cached_prod: word(layout.producer).pointee, cached_cons: word(layout.consumer).pointee,
      mask: entries - 1, size: entries, producer: word(layout.producer), consumer: word(layout.consumer),
      ring: memory + Int(layout.desc), flags: word(layout.flags))
  }
}
