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
      let frame = queue.pointee.frames + queue.pointee.head
      if frame.pointee.isJoined { finishJoined(frame) }
      let buffers = describe(frame, inMessage: 0)
      let result = writev(io.pointee.tap, messages.vectors, Int32(buffers))
      if result >= 0 {
        finishHead(queue, entry)
      } else if errno == EAGAIN || errno == EINTR {
        break
      } else {
        _ = dropHead(queue, .dropDevice, entry)
      }
      taken &+= 1
    }
    return taken
  }
}
