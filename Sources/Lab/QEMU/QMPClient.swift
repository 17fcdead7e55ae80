import Foundation
import Glibc

/// A connection to QEMU's monitor: JSON objects, one a line (QEMU: docs/interop/qmp-spec.txt).
actor QMPClient {
  private let socket: Int32
  /// What is known of a QEMU that has closed its monitor, or does not answer.
  private let silence: @Sendable (_ isClosed: Bool) async -> String
  private var isClosed = false
  private var received: [UInt8] = []
  /// When QEMU last told of an event, in seconds since 1970.
  private var events: [String: Double] = [:]

  /// How long a command may take to be answered, in seconds: one writes all of a guest's memory to a disk.
  static let patience = 60

  /// Connects. Throws when nobody listens at `path`.
  init(path: String, silence: @escaping @Sendable (_ isClosed: Bool) async -> String) throws(LabError) {
    self.silence = silence
    socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let result = withUnsafePointer(to: &address) {
      // SAFETY: a sockaddr_un begins as every sockaddr does, and its size is told.
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let fault = String(cString: strerror(errno))
      close(socket)
      throw LabError("\(path): \(fault)")
    }
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(socket) }

  /// Leaves the mode in which only capabilities may be negotiated: the first command of every connection.
  func greet() async throws(LabError) { try await execute("qmp_capabilities") }

  /// A command without arguments whose answer does not matter.
  func execute(_ command: String) async throws(LabError) { let _: Nothing = try await execute(command, Nothing()) }

  /// A command whose answer does not matter.
  func execute(_ command: String, _ arguments: some Encodable & Sendable) async throws(LabError) {
    let _: Nothing = try await execute(command, arguments)
  }

  /// When QEMU last told of an event, e.g. `STOP`, in seconds since 1970; nil: it has not.
  func time(of event: String) async throws(LabError) -> Double? {
    // What it told before an answer is read with the answer.
    try await execute("query-status")
    return events[event]
  }

  /// A command without arguments.
  func query<R: Decodable & Sendable>(_ command: String) async throws(LabError) -> R {
    try await execute(command, Nothing())
  }

  private func execute<A: Encodable, R: Decodable & Sendable>(
    _ command: String, _ arguments: A
  ) async throws(LabError) -> R {
    do {
      var request = try JSONEncoder().encode(Request(execute: command, arguments: arguments))
      request.append(UInt8(ascii: "\n"))
      let sent = request.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent == request.count else { throw LabError(await silence(true)) }
      while let line = try line() {
        let answer = try JSONDecoder().decode(Answer<R>.self, from: line)
        if let error = answer.error { throw LabError(error.desc) }
        if let value = answer.return { return value }
        // The greeting, or an event.
        if let event = answer.event { events[event] = answer.timestamp?.value }
      }
      throw LabError(await silence(isClosed))
    } catch {
      throw LabError("QEMU: \(command): \(error)")
    }
  }

  /// The next line; nil when there will be none.
  private func line() throws -> Data? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        defer { received.removeFirst(end + 1) }
        return Data(received[..<end])
      }
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count > 0 else {
        isClosed = count == 0 || errno != EAGAIN
        return nil
      }
      received += buffer[..<count]
    }
  }

  private struct Nothing: Codable, Sendable {}

  private struct Request<A: Encodable>: Encodable {
    var execute: String
    var arguments: A
  }

  private struct Answer<R: Decodable>: Decodable {
    struct Fault: Decodable {
      var desc: String
    }
    struct Timestamp: Decodable {
      var seconds: Double
      var microseconds: Double
      var value: Double { seconds + microseconds / 1e6 }
    }
    var `return`: R?
    var error: Fault?
    var event: String?
    var timestamp: Timestamp?
  }
}
