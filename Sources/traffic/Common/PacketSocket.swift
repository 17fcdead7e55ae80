import CLinux
import Glibc

/// A packet socket (packet(7)) that sends whole frames out of a device, each behind a vnet header. It receives nothing.
struct PacketSocket: ~Copyable {
  private let socket: Descriptor
  var descriptor: Int32 { socket.number }

  /// The header that asks nothing of the kernel is all zeros.
  static let headerLength = MemoryLayout<ml_vnet_header>.size

  /// - Parameter bypass: skip the device's queueing discipline, and its traffic-control programs.
  init(_ interface: NetworkInterface, bypass: Bool) throws(TrafficError) {
    socket = try Descriptor(ml_packet_socket(interface.index, bypass ? 1 : 0, 0), "\(interface.name): packet socket")
  }

  /// Waits until the socket takes more, at most 100 ms.
  static func waitToSend(_ descriptor: Int32) {
    var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&event, 1, 100)
  }
}
