import CLinux
import Glibc
import Synchronization

/// A listening TCP socket.
package final class TCPListener: Sendable {
  private let descriptor: Int32
  private let stopped = Atomic<Bool>(false)
  /// The address with the port really bound, when port 0 was asked for.
  package let endpoint: Endpoint

  package init(_ endpoint: Endpoint) throws(MigrationError) {
    let address = try endpoint.resolve(passive: true)
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw MigrationError("\(endpoint)", call: "socket", errno: errno) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
    guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
      let code = errno
      close(descriptor)
      throw MigrationError(
        "\(endpoint)", call: "cannot listen", errno: code, fix: "choose an address and port of this host")
    }
    self.descriptor = descriptor
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    self.endpoint = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0 ? SocketAddress(copying: $0, length: length).endpoint : endpoint
      }
    }
  }

  deinit { close(descriptor) }

  /// The next connection and who it comes from; nil after `stop`.
  package func accept() -> (TCPConnection, Endpoint)? {
    while !stopped.load(ordering: .acquiring) {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let (accepted, peer) = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> (Int32, Endpoint) in
          let accepted = Glibc.accept(descriptor, address, &length)
          if accepted >= 0 { _ = fcntl(accepted, F_SETFD, FD_CLOEXEC) }
          return (accepted, SocketAddress(copying: address, length: length).endpoint)
        }
      }
      if accepted >= 0 { return (TCPConnection(descriptor: accepted, place: "\(peer)", patience: nil), peer) }
      // Out of descriptors, or the peer has gone again: the next one may do better.
      if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM { usleep(10_000) }
    }
    return nil
  }

  /// Ends `accept`, now and later.
  package func stop() {
    stopped.store(true, ordering: .releasing)
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }
}
