import CLinux
import Glibc
import Units

/// Sends frames through a packet socket past the queueing discipline, many a call.
struct SocketGenerator: ~Copyable {
  private static let burst = 64
  private let socket: PacketSocket
  private let batch: MessageBatch

  /// - Parameter frames: sent in turn.
  init(_ device: NetworkInterface, _ frames: [[UInt8]]) throws(TrafficError) {
    socket = try PacketSocket(device, bypass: true)
    // Whole turns over the flows, so that a call can start anywhere.
    let count = max(frames.count, Self.burst / frames.count * frames.count)
    batch = MessageBatch(count: count, size: PacketSocket.headerLength + frames.reduce(0) { max($0, $1.count) })
    for i in 0..<count {
      let frame = frames[i % frames.count]
      (batch[i] + PacketSocket.headerLength).copyMemory(from: frame, byteCount: frame.count)
      batch.setLength(PacketSocket.headerLength + frame.count, of: i)
    }
  }

  /// - Parameter burst: frames a call at most when there is a rate.
  func run(seconds: Double, rate: Double?, burst most: Int) -> (sent: Int, refused: Int, seconds: Double) {
    let start = Pacer.now
    let end = start + Nanoseconds(UInt64(seconds * 1e9))
    let pacer = Pacer(rate: rate, start: start)
    // A paced sender sends what a millisecond brings.
    let burst = rate.map { max(1, min(most, Int($0 / 1000))) } ?? Self.burst
    var (sent, refused, next) = (0, 0, 0)
    while Pacer.now < end && !StopRequest.isMade {
      pacer.pace(sent: sent)
      let range = next..<min(next + burst, batch.count)
      if let count = batch.send(range, over: socket.descriptor) {
        sent += count
        next = (next + count) % batch.count
      } else if errno == EAGAIN {
        PacketSocket.waitToSend(socket.descriptor)
      } else {
        // ENOBUFS: the device has no room. Counted; the frame is not sent again, as a real sender's would not be.
        refused += 1
        next = (next + 1) % batch.count
      }
    }
    return (sent, refused, (Pacer.now - start).seconds)
  }
}
