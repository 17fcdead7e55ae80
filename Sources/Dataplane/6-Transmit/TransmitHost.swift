import CLinux
import Glibc
import Ports

extension Worker {
  /// Writes frames at the head of a queue to a host port's tap; returns how many were taken.
  mutating func transmitHost(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    var taken = 0
    while taken < n {
      let buffers = describe(queue.pointee.frames + queue.pointee.head, inMessage: 0)
      let result = writev(io.pointee.tap, messages.vectors, Int32(buffers))
      if result >= 0 {
        finishHead(queue, entry)
      } else if errno == EAGAIN || errno == EINTR {
        break
      } else {
        dropHead(queue, entry)
      }
      taken &+= 1
    }
    return taken
  }
}
