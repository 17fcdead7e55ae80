import CLinux
import Glibc

/// Buffers for sendmmsg(2) and recvmmsg(2): `count` areas of `size` bytes each, allocated once.
struct MessageBatch: ~Copyable {
  let count: Int
  let size: Int
  private let area: UnsafeMutableRawPointer
  private let vectors: UnsafeMutablePointer<iovec>
  private let messages: UnsafeMutablePointer<ml_message>

  init(count: Int, size: Int) {
    (self.count, self.size) = (count, size)
    area = .allocate(byteCount: count * size, alignment: 64)
    area.initializeMemory(as: UInt8.self, repeating: 0, count: count * size)
    vectors = .allocate(capacity: count)
    messages = .allocate(capacity: count)
    for i in 0..<count {
      (vectors + i).initialize(to: iovec(iov_base: area + i * size, iov_len: size))
      (messages + i).initialize(to: ml_message())
      messages[i].header.msg_iov = vectors + i
      messages[i].header.msg_iovlen = 1
    }
  }

  deinit {
    area.deallocate()
    vectors.deallocate()
    messages.deallocate()
  }

  /// The bytes of message `i`: `size` of them.
  subscript(i: Int) -> UnsafeMutableRawPointer { area + i * size }

  /// How many bytes of message `i` are sent.
  func setLength(_ length: Int, of i: Int) { vectors[i].iov_len = length }

  /// How many bytes message `i` received.
  func receivedLength(of i: Int) -> Int { Int(messages[i].length) }

  /// Sends messages `range`, without waiting. Returns how many were taken, or nil with errno set.
  func send(_ range: Range<Int>, over socket: Int32) -> Int? {
    let sent = ml_send_messages(socket, messages + range.lowerBound, UInt32(range.count))
    return sent < 0 ? nil : Int(sent)
  }

  /// Waits for a message, then takes all that are there. Nil with errno set.
  func receive(from socket: Int32) -> Int? {
    let received = ml_receive_messages(socket, messages, UInt32(count))
    return received < 0 ? nil : Int(received)
  }
}
