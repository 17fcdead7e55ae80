import CLinux
import CXDP
import Glibc
import Ports
import Rings

extension Worker {
  /// Sends super-frames at the head of a queue through the packet socket, up to the next ordinary frame; returns how
  /// many were taken. The kernel copies them before the call returns.
  mutating func transmitSuperFrames(
    _ queue: UnsafeMutablePointer<OutputQueue>, _ n: Int, _ io: UnsafeMutablePointer<PortIO>,
    _ entry: UnsafeMutablePointer<PortEntry>
  ) -> Int {
    var count = 0
    while count < min(n, MessageBuffers.messages) {
      let frame = queue.pointee.frames + (queue.pointee.head &+ count)
      guard frame.pointee.isSuperFrame else { break }
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
      } else if errno == ENOBUFS && io.pointee.packetBypass {
        // The device stopped taking super-frames (its peer may have got an XDP program): let the stack segment them.
        _ = ml_packet_socket_bypass(io.pointee.packetSocket, 0)
        io.pointee.packetBypass = false
      } else if errno == EAGAIN || errno == EINTR || errno == ENOBUFS {
        break
      } else {
        dropHead(queue, entry)
        sent &+= 1
      }
    }
    return sent
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
