import CLinux
import Glibc
import Wire

/// A TCP or MPTCP socket.
struct StreamSocket: ~Copyable {
  private static let mptcpProtocol: Int32 = 262
  private let socket: Descriptor

  init(isIPv6: Bool, mptcp: Bool) throws(TrafficError) {
    let made = Glibc.socket(
      isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), mptcp ? Self.mptcpProtocol : 0)
    socket = try Descriptor(made < 0 ? -errno : made, mptcp ? "MPTCP socket" : "TCP socket")
  }

  private init(accepted: Int32) throws(TrafficError) { socket = try Descriptor(accepted, "accepting") }

  func connect(_ address: IPAddress, port: UInt16) throws(TrafficError) {
    let result = address.withSocketAddress(port: port) { Glibc.connect(socket.number, $0, $1) }
    guard result == 0 else { throw .refused("\(address) port \(port)", errno) }
  }

  func listen(_ address: IPAddress, port: UInt16) throws(TrafficError) {
    var one: Int32 = 1
    setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    let result = address.withSocketAddress(port: port) { Glibc.bind(socket.number, $0, $1) }
    guard result == 0, Glibc.listen(socket.number, 1) == 0 else {
      throw .refused("\(address) port \(port)", errno)
    }
  }

  func accept() throws(TrafficError) -> StreamSocket {
    let made = Glibc.accept(socket.number, nil, nil)
    return try StreamSocket(accepted: made < 0 ? -errno : made)
  }

  /// Sends all of it.
  func send(_ bytes: UnsafeRawBufferPointer) throws(TrafficError) {
    var done = 0
    while done < bytes.count {
      let count = Glibc.send(socket.number, bytes.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      guard count > 0 else { throw .refused("sending", errno) }
      done += count
    }
  }

  /// 0: the stream has ended.
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws(TrafficError) -> Int {
    let count = Glibc.recv(socket.number, buffer.baseAddress, buffer.count, 0)
    guard count >= 0 else { throw .refused("receiving", errno) }
    return count
  }

  /// Says that nothing follows, and waits until the receiver has closed, having everything.
  func finish() throws(TrafficError) {
    guard shutdown(socket.number, Int32(SHUT_WR)) == 0 else { throw .refused("finishing", errno) }
    var byte: UInt8 = 0
    _ = Glibc.recv(socket.number, &byte, 1, 0)
  }
}
