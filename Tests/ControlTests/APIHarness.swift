import Control
import Foundation

/// A socket path of its own in a new directory under the temporary one; short, as sockets' paths must be.
struct TemporarySocket: ~Copyable {
  let directory: String
  var path: String { directory + "/run/control.sock" }

  init() {
    var template = Array("/tmp/millrace-api-XXXXXX".utf8CString)
    mkdtemp(&template)
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }
}

/// Runs `body` against a server that answers for `controller`, and stops the server after.
func withServer(
  _ controller: FakeSwitch = FakeSwitch(), http: HTTPAddress? = nil,
  _ body: (_ path: String, _ server: ControlServer) async throws -> Void
) async throws {
  let socket = TemporarySocket()
  let server = ControlServer(controller: controller, path: socket.path, http: http)
  try await server.start()
  do {
    try await body(socket.path, server)
  } catch {
    await server.stop()
    throw error
  }
  await server.stop()
}

/// One HTTP exchange without the client under test.
struct RawAnswer {
  var status: Int
  var body: String

  /// The body as a JSON object.
  var object: [String: Any] {
    get throws { try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] ?? [:] }
  }

  /// Sends the request line to a Unix socket and reads the answer to its end.
  init(_ requestLine: String, socket path: String) async throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    self.init(text: try await exchange(requestLine, AF_UNIX, address))
  }

  /// Sends the request line to a port of 127.0.0.1 and reads the answer to its end.
  init(_ requestLine: String, port: UInt16) async throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    self.init(text: try await exchange(requestLine, AF_INET, address))
  }

  private init(text: String) {
    let head = text.range(of: "\r\n\r\n")
    body = head.map { String(text[$0.upperBound...]) } ?? ""
    status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
  }
}

/// Blocks on a thread of its own: the server under test needs those of the tasks.
private func exchange<Address: Sendable>(
  _ requestLine: String, _ family: Int32, _ address: Address
) async throws -> String {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Result { try blockingExchange(requestLine, family, address) })
    }
  }
}

private func blockingExchange<Address>(_ requestLine: String, _ family: Int32, _ address: Address) throws -> String {
  let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  let result = withUnsafeBytes(of: address) {
    connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
  }
  guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
  let request = Array("\(requestLine) HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8)
  guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { throw POSIXError(.EIO) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
  return String(decoding: bytes, as: UTF8.self)
}
