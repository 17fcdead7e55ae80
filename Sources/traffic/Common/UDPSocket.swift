import CLinux
import Glibc
import Wire

/// An ordinary UDP socket.
struct UDPSocket: ~Copyable {
  /// Options of IPPROTO_UDP (linux/udp.h): segment what is sent, hand over super-frames whole.
  static let segment: Int32 = 103
  static let gro: Int32 = 104

  private let socket: Descriptor
  var descriptor: Int32 { socket.number }

  init(isIPv6: Bool) throws(TrafficError) {
    let made = Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    socket = try Descriptor(made < 0 ? -errno : made, "UDP socket")
  }

  /// Sets a number; what the kernel refuses is left as it was. The privileged form of a buffer size needs root.
  func set(_ level: Int32, _ option: Int32, _ value: Int) {
    var value = Int32(clamping: value)
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// A call waits at most this long.
  func setReceiveTimeout(milliseconds: Int) {
    var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  func bind(_ address: IPAddress, port: UInt16) throws(TrafficError) {
    let result = address.withSocketAddress(port: port) { Glibc.bind(descriptor, $0, $1) }
    guard result == 0 else { throw .refused("\(address) port \(port)", errno) }
  }

  func connect(_ address: IPAddress, port: UInt16) throws(TrafficError) {
    let result = address.withSocketAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
    guard result == 0 else { throw .refused("\(address) port \(port)", errno) }
  }
}
