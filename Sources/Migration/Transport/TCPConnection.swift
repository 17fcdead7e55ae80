import CLinux
import Glibc
import Units

/// One TCP connection, blocking, plain or under TLS. One thread at a time reads or writes it.
package final class TCPConnection: @unchecked Sendable {
  package let descriptor: Int32
  /// Begins every error: `vm1 to 10.0.0.2:7000`.
  package let place: String
  private var tls: TLSStream?
  /// Small pieces are put together here before they are encrypted.
  private var gathered: [UInt8] = []
  private var open = true
  private var unsentLimit: Int32?
  /// Whether the kernel sends from where bytes lie, as far as is known.
  private var hasZeroCopy: Bool

  /// How long the peer's TCP may take to acknowledge before the connection counts as cut.
  package static let stall = Nanoseconds.seconds(5)
  /// Shorter pieces cost less to copy than to pin.
  private static let zeroCopyLeast = 32 << 10

  /// Takes over a connected socket. `patience`: how long a peer may owe an answer; nil: for ever, as long as its TCP
  /// answers.
  package init(descriptor: Int32, place: String, patience: Nanoseconds?) {
    self.descriptor = descriptor
    self.place = place
    hasZeroCopy = Self.set(descriptor, SOL_SOCKET, SO_ZEROCOPY, Int32(1))
    if let patience {
      set(SOL_SOCKET, SO_RCVTIMEO, Self.time(patience))
      set(SOL_SOCKET, SO_SNDTIMEO, Self.time(patience))
    }
    let tcp = Int32(IPPROTO_TCP)
    set(tcp, TCP_NODELAY, Int32(1))
    // A cut link is noticed also while nobody speaks.
    set(tcp, TCP_USER_TIMEOUT, UInt32(Self.stall.count / 1_000_000))
    set(SOL_SOCKET, SO_KEEPALIVE, Int32(1))
    set(tcp, TCP_KEEPIDLE, Int32(2))
    set(tcp, TCP_KEEPINTVL, Int32(1))
  }

  deinit { close() }

  /// Connects within `timeout`, from `sourcePort` when it is given (so that flow hashes can be chosen).
  package static func connect(
    to endpoint: Endpoint, sourcePort: UInt16?, place: String, patience: Nanoseconds = .seconds(30),
    timeout: Nanoseconds = .seconds(3)
  ) throws(MigrationError) -> TCPConnection {
    let address = try endpoint.resolve(passive: false)
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw MigrationError(place, call: "socket", errno: errno) }
    let connection = TCPConnection(descriptor: descriptor, place: place, patience: timeout)
    if let sourcePort {
      connection.set(SOL_SOCKET, SO_REUSEADDR, Int32(1))
      guard address.anyAddress(port: sourcePort).withPointer({ bind(descriptor, $0, $1) }) == 0 else {
        throw MigrationError(place, call: "source port \(sourcePort)", errno: errno, fix: "choose another")
      }
    }
    guard address.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
      let code = errno == EINPROGRESS ? ETIMEDOUT : errno
      throw MigrationError(
        place, call: "cannot connect", errno: code, fix: "start 'millrace migrate receive --listen \(endpoint)' there")
    }
    connection.set(SOL_SOCKET, SO_SNDTIMEO, time(patience))
    connection.set(SOL_SOCKET, SO_RCVTIMEO, time(patience))
    return connection
  }

  /// Authenticates both sides and encrypts from here on; nothing with a plain stream's nil.
  package func secure(with context: TLSContext?, isServer: Bool) throws(MigrationError) {
    guard let context else { return }
    do {
      tls = try TLSStream(context, descriptor: descriptor, isServer: isServer)
    } catch {
      guard case .forged = error else { throw fault(of: error) }
      throw MigrationError(
        place, "does not prove that it holds the key, or speaks no TLS", fix: "give both sides the same --key")
    }
  }

  package var localPort: UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0 ? SocketAddress(copying: $0, length: length).endpoint.port : 0
      }
    }
  }

  /// Sends all bytes of all vectors. The vectors are used up as they go.
  ///
  /// `lasting`: bytes that may leave later, as they are by then; all others may be changed at once.
  package func send(
    _ vectors: UnsafeMutableBufferPointer<iovec>, lasting: UnsafeRawBufferPointer? = nil
  ) throws(MigrationError) {
    if let tls { return try send(vectors, over: tls) }
    var (next, hadRoom) = (0, true)
    while next < vectors.count {
      // What can be sent from where it lies goes by itself, what lies between together.
      let zeroCopy = hadRoom && canStay(vectors[next], in: lasting)
      let end = zeroCopy ? next + 1 : vectors[(next + 1)...].firstIndex { canStay($0, in: lasting) } ?? vectors.count
      var message = msghdr()
      message.msg_iov = vectors.baseAddress! + next
      message.msg_iovlen = end - next
      let more = end < vectors.count ? Int32(MSG_MORE) : 0
      let result = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL) | more | (zeroCopy ? Int32(MSG_ZEROCOPY) : 0))
      guard result >= 0 else {
        if errno == EINTR { continue }
        guard zeroCopy, errno == ENOBUFS else { throw fault(errno) }
        // Too much is pinned, or under way.
        hadRoom = false
        continue
      }
      hadRoom = true
      if zeroCopy, ml_zero_copy_take_notices(descriptor) != 0 { hasZeroCopy = false }
      var sent = result
      while next < end, sent >= vectors[next].iov_len {
        sent -= vectors[next].iov_len
        next += 1
      }
      if sent > 0 {
        vectors[next].iov_base += sent
        vectors[next].iov_len -= sent
      }
    }
  }

  private func canStay(_ vector: iovec, in lasting: UnsafeRawBufferPointer?) -> Bool {
    guard hasZeroCopy, let lasting, let start = lasting.baseAddress else { return false }
    let base = UnsafeRawPointer(vector.iov_base!)
    return vector.iov_len >= Self.zeroCopyLeast && base >= start && base < start + lasting.count
  }

  /// Vectors of less than a TLS record are put together, so that each does not become one of its own.
  private func send(_ vectors: UnsafeMutableBufferPointer<iovec>, over tls: TLSStream) throws(MigrationError) {
    do throws(TLSStream.Fault) {
      for vector in vectors {
        if vector.iov_len < Self.tlsRecord {
          gathered.append(contentsOf: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
          if gathered.count >= Self.tlsRecord { try flush(over: tls) }
        } else {
          try flush(over: tls)
          try tls.write(vector.iov_base, count: vector.iov_len)
        }
      }
      try flush(over: tls)
    } catch {
      throw fault(of: error)
    }
  }

  private static let tlsRecord = 16 << 10

  private func flush(over tls: TLSStream) throws(TLSStream.Fault) {
    let bytes = gathered
    guard !bytes.isEmpty else { return }
    gathered.removeAll(keepingCapacity: true)
    let result: Result<Void, TLSStream.Fault> = bytes.withUnsafeBytes { buffer in
      Result { () throws(TLSStream.Fault) in try tls.write(buffer.baseAddress!, count: buffer.count) }
    }
    try result.get()
  }

  package func send(_ bytes: [UInt8]) throws(MigrationError) {
    var bytes = bytes
    let result: Result<Void, MigrationError> = bytes.withUnsafeMutableBytes { buffer in
      var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
      return withUnsafeMutablePointer(to: &vector) { pointer in
        Result { () throws(MigrationError) in try send(UnsafeMutableBufferPointer(start: pointer, count: 1)) }
      }
    }
    try result.get()
  }

  /// Receives at least one byte into the vectors, in order. Throws when the stream has ended.
  package func receive(_ vectors: UnsafeMutableBufferPointer<iovec>) throws(MigrationError) -> Int {
    if let tls {
      let first = vectors[0].iov_len > 0 ? vectors[0] : vectors[1]
      do {
        return try tls.read(first.iov_base, count: first.iov_len)
      } catch {
        throw fault(of: error)
      }
    }
    while true {
      let result = readv(descriptor, vectors.baseAddress, Int32(vectors.count))
      if result > 0 { return result }
      if result == 0 { throw MigrationError(place, "the peer closed the connection") }
      if errno != EINTR { throw fault(errno) }
    }
  }

  /// Receives exactly `count` bytes.
  package func receive(count: Int) throws(MigrationError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let result: Result<Int, MigrationError> = bytes.withUnsafeMutableBytes { buffer in
        var vector = iovec(iov_base: buffer.baseAddress! + filled, iov_len: count - filled)
        return withUnsafeMutablePointer(to: &vector) { pointer in
          Result { () throws(MigrationError) in try receive(UnsafeMutableBufferPointer(start: pointer, count: 1)) }
        }
      }
      filled += try result.get()
    }
    return bytes
  }

  /// Returns when the peer has closed, or has said something unasked: so that TIME_WAIT is the peer's, and a fixed
  /// source port can be used again at once.
  package func awaitEnd() {
    waits(atMost: .seconds(2))
    var byte: UInt8 = 0
    while recv(descriptor, &byte, 1, 0) < 0 && errno == EINTR {}
  }

  /// What may wait unsent, in bytes; nil: as much as TCP takes.
  package func limitUnsent(to bytes: Int32?) {
    if bytes == unsentLimit { return }
    unsentLimit = bytes
    set(Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, bytes ?? -1)
  }

  /// How long the peer may be silent; nil: for as long as its TCP answers.
  package func waits(atMost time: Nanoseconds?) {
    set(SOL_SOCKET, SO_RCVTIMEO, time.map(Self.time) ?? timeval())
  }

  /// Whether the peer's end still stands, as far as is known here.
  package var isOpen: Bool {
    var byte: UInt8 = 0
    let result = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return result > 0 || (result < 0 && (errno == EAGAIN || errno == EINTR))
  }

  /// Wakes a thread that is blocked on the connection: it sees the end of the stream.
  package func shutdown() { _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Closes in good order.
  package func close() {
    guard open else { return }
    open = false
    _ = Glibc.close(descriptor)
  }

  /// Closes at once: the peer sees a reset, and no port stays in TIME_WAIT.
  package func reset() {
    set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    close()
  }

  private func fault(_ code: Int32) -> MigrationError {
    switch code {
    case EAGAIN, ETIMEDOUT: MigrationError(place, "no progress for too long: the link is cut or the peer hangs")
    case EPIPE, ECONNRESET: MigrationError(place, "the peer cut the connection")
    default: MigrationError(place, call: "connection", errno: code)
    }
  }

  private func fault(of error: TLSStream.Fault) -> MigrationError {
    switch error {
    case .forged: MigrationError(place, "the encrypted stream was changed on its way")
    case .socket(0): MigrationError(place, "the peer closed the connection")
    case .socket(let code): fault(code)
    }
  }

  private func set<Value>(_ level: Int32, _ option: Int32, _ value: Value) {
    _ = Self.set(descriptor, level, option, value)
  }

  private static func set<Value>(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Value) -> Bool {
    withUnsafeBytes(of: value) { setsockopt(descriptor, level, option, $0.baseAddress, socklen_t($0.count)) == 0 }
  }

  private static func time(_ span: Nanoseconds) -> timeval {
    timeval(tv_sec: Int(span.count / 1_000_000_000), tv_usec: Int(span.count % 1_000_000_000 / 1000))
  }
}
