import CLinux
import Glibc
import Wire

/// What `sendmmsg` and `writev` read: one message a frame, a vnet header and the frame's parts each. Made once.
struct MessageBuffers {
  /// Super-frames sent with one call.
  static let messages = 32
  /// Buffers of one message: the header and the parts.
  static let parts = Worker.joinedParts + 1

  let headers: UnsafeMutablePointer<ml_vnet_header>
  let vectors: UnsafeMutablePointer<iovec>
  let list: UnsafeMutablePointer<ml_message>
  /// The parts of a frame whose checksum is being finished: as many as `Frame.parts` can count.
  let segments: UnsafeMutablePointer<FrameSegment>

  init() {
    headers = .allocate(capacity: Self.messages)
    vectors = .allocate(capacity: Self.messages * Self.parts)
    list = .allocate(capacity: Self.messages)
    list.initialize(repeating: ml_message(), count: Self.messages)
    segments = .allocate(capacity: 256)
  }

  func deallocate() {
    headers.deallocate()
    vectors.deallocate()
    list.deallocate()
    segments.deallocate()
  }
}
