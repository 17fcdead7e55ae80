import CLinux
import CXDP
import Glibc
import Ports
import Rings

extension Worker {
  /// Sends super-frames at the head of a queue through the packet socket, up to the next frame that goes another way.
  /// The kernel copies them before the call returns.
  ///
  /// - Returns: how many were taken, and whether the device refused the next one: it takes no super-frames any more (its
  ///   peer may have got an XDP program, which control learns later), or it is full.
  mutating func transmitSuperFrames(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> (taken: Int, isRefused: Bool) {
    io.pointee.packetHasSent = true
    var count = 0
    while count < min(n, MessageBuffers.messages) {
      let frame = queue.pointee.frames + (queue.pointee.head &+ count)
      guard frame.pointee.isSuperFrame, io.takesSuperFrames(frame.pointee) else { break }
      if frame.pointee.isJoined { finishJoined(frame) }
      let buffers = describe(frame, inMessage: count)
      messages.list[count].header.msg_iov = messages.vectors + count * MessageBuffers.parts
      messages.list[count].header.msg_iovlen = buffers
      count &+= 1
    }
    var sent = 0
    while sent < count {
      let result = ml_send_messages(io.pointee.packetSocket, messages.list + sent, UInt32(count &- sent))
      if result > 0 {
        for _ in 0..<result { finishHead(queue, entry) }
        sent &+= Int(result)
      } else if errno == ENOBUFS {
        return (sent, true)
      } else if errno == EAGAIN || errno == EINTR {
        break
      } else {
        sent &+= dropHead(queue, .dropDevice, entry)
      }
    }
    return (sent, false)
  }

  /// Counts the frame at the head of a queue as sent and gives its chunks back.
  mutating func finishHead(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ entry: UnsafeMutablePointer<PortEntry>
  ) {
    let frame = queue.pointee.frames[queue.pointee.head]
    countTransmitted(frame, entry)
    queue.pointee.removeFirst()
    free(frame)
  }
}
