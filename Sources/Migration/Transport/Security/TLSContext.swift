import COpenSSL
import Glibc

/// What all TLS streams of one side share: the key and the rules.
package final class TLSContext: @unchecked Sendable {
  package enum Side: Sendable { case source, target }

  let context: OpaquePointer
  private let key: UnsafeMutableRawBufferPointer

  /// nil for a stream that is not secured.
  package convenience init?(_ security: StreamSecurity, side: Side) throws(MigrationError) {
    guard case .preSharedKey(let key) = security else { return nil }
    try self.init(key, side: side)
  }

  private init(_ key: PreSharedKey, side: Side) throws(MigrationError) {
    self.key = .allocate(byteCount: key.bytes.count, alignment: 16)
    self.key.copyBytes(from: key.bytes)
    guard let context = ml_tls_context(side == .target ? 1 : 0, self.key.baseAddress) else {
      throw MigrationError("TLS", "OpenSSL refuses TLS 1.3 with a pre-shared key", fix: "use --plain on a lab link")
    }
    self.context = context
    // OpenSSL writes to sockets with write(2): a peer that is gone must be an error, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    SSL_CTX_free(context)
    for index in key.indices { key[index] = 0 }
    key.deallocate()
  }
}

/// TLS over one connected, blocking socket. One thread at a time.
final class TLSStream {
  enum Fault: Error {
    /// `errno` of the socket; 0: the peer closed it.
    case socket(Int32)
    /// A record that was changed on its way, or a peer without the key.
    case forged
  }

  private let context: TLSContext
  private let ssl: OpaquePointer

  /// Shakes hands.
  init(_ context: TLSContext, descriptor: Int32, isServer: Bool) throws(Fault) {
    self.context = context
    guard let ssl = SSL_new(context.context) else { throw .forged }
    self.ssl = ssl
    SSL_set_fd(ssl, descriptor)
    ERR_clear_error()
    let result = isServer ? SSL_accept(ssl) : SSL_connect(ssl)
    if result != 1 { throw fault(result) }
  }

  deinit { SSL_free(ssl) }

  func write(_ bytes: UnsafeRawPointer, count: Int) throws(Fault) {
    var written = 0
    while written < count {
      ERR_clear_error()
      let result = SSL_write(ssl, bytes + written, Int32(min(count - written, 1 << 24)))
      guard result > 0 else { throw fault(result) }
      written += Int(result)
    }
  }

  /// At least one byte.
  func read(_ bytes: UnsafeMutableRawPointer, count: Int) throws(Fault) -> Int {
    ERR_clear_error()
    let result = SSL_read(ssl, bytes, Int32(min(count, 1 << 24)))
    guard result > 0 else { throw fault(result) }
    return Int(result)
  }

  private func fault(_ result: Int32) -> Fault {
    let code = errno
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_SSL:
      // OpenSSL 3 says so when the peer closes without a farewell.
      return ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) } == "unexpected eof while reading"
        ? .socket(0) : .forged
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .socket(EAGAIN)
    case SSL_ERROR_SYSCALL: return .socket(code)
    default: return .socket(0)
    }
  }
}
