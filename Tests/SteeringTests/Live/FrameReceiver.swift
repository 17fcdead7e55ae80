import CLinux
import CMillraceABI
import CXDP
import Glibc

/// One AF_XDP socket on queue 0 of a netdev, just enough to see what a program left in front of a frame.
final class FrameReceiver {
  private static let chunk = 4096
  private static let chunks = 256
  private let area: UnsafeMutableRawPointer
  private nonisolated(unsafe) var umem: OpaquePointer?
  private nonisolated(unsafe) var socket: OpaquePointer?
  private let fill = UnsafeMutablePointer<xsk_ring_prod>.allocate(capacity: 1)
  private let completion = UnsafeMutablePointer<xsk_ring_cons>.allocate(capacity: 1)
  private let received = UnsafeMutablePointer<xsk_ring_cons>.allocate(capacity: 1)

  var descriptor: Int32 { xsk_socket__fd(socket) }

  init(netdev: String) throws {
    // libxdp takes over what the caller left in them.
    fill.initialize(to: xsk_ring_prod())
    completion.initialize(to: xsk_ring_cons())
    received.initialize(to: xsk_ring_cons())
    let bytes = Self.chunk * Self.chunks
    area = .allocate(byteCount: bytes, alignment: 4096)
    var result = xsk_umem__create(&umem, area, UInt64(bytes), fill, completion, nil)
    guard result == 0 else { throw NetworkNamespace.Failed(what: "xsk_umem__create", errno: -result) }
    var config = xsk_socket_config()
    config.rx_size = UInt32(Self.chunks)
    config.libxdp_flags = UInt32(XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD)
    config.bind_flags = UInt16(XDP_COPY) | UInt16(ML_XDP_USE_SG)
    result = xsk_socket__create(&socket, netdev, 0, umem, received, nil, &config)
    guard result == 0 else { throw NetworkNamespace.Failed(what: "xsk_socket__create", errno: -result) }
    var index: UInt32 = 0
    xsk_ring_prod__reserve(fill, UInt32(Self.chunks), &index)
    for i in 0..<Self.chunks {
      xsk_ring_prod__fill_addr(fill, index + UInt32(i)).pointee = UInt64(i * Self.chunk)
    }
    xsk_ring_prod__submit(fill, UInt32(Self.chunks))
  }

  deinit {
    xsk_socket__delete(socket)
    xsk_umem__delete(umem)
    area.deallocate()
    fill.deallocate()
    completion.deallocate()
    received.deallocate()
  }

  /// The next frame, put together from its descriptors, and its metadata. Throws after two seconds without one.
  func next() throws -> (metadata: mr_frame_metadata, frame: [UInt8]) {
    var metadata: mr_frame_metadata?
    var frame: [UInt8] = []
    while true {
      var index: UInt32 = 0
      if xsk_ring_cons__peek(received, 1, &index) == 0 {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, 2000) == 1 else { throw NetworkNamespace.Failed(what: "receive", errno: ETIMEDOUT) }
        continue
      }
      let descriptor = xsk_ring_cons__rx_desc(received, index).pointee
      let start = area + Int(descriptor.addr)
      if metadata == nil {
        metadata = (start - MemoryLayout<mr_frame_metadata>.size).loadUnaligned(as: mr_frame_metadata.self)
      }
      frame += UnsafeRawBufferPointer(start: start, count: Int(descriptor.len))
      xsk_ring_cons__release(received, 1)
      if descriptor.options & UInt32(ML_XDP_PKT_CONTD) == 0 { return (metadata!, frame) }
    }
  }
}
