import FlyingFox
import FlyingSocks
import Glibc
import Logging

/// Answers for a running switch: on a Unix socket of mode 0660, and read-only over TCP when asked to.
public actor ControlServer {
  /// Seconds a request may take before it is answered as failed. Adding a port waits for a busy device.
  static let requestSeconds = 60.0
  /// Seconds that requests in progress have to end when the server stops.
  static let stopSeconds = 0.1

  private let controller: any SwitchController
  private let path: String
  private let http: HTTPAddress?
  private let log: Logger
  private var servers: [HTTPServer] = []
  private var ownsSocket = false
  private var isStopped = false
  /// Where the TCP interface listens, once started; differs from what was asked when that was port 0.
  public private(set) var httpPort: UInt16?

  public init(
    controller: any SwitchController, path: String = ControlSocket.defaultPath, http: HTTPAddress? = nil,
    log: Logger = Logger(label: "millrace.control")
  ) {
    self.controller = controller
    self.path = path
    self.http = http
    self.log = log
  }

  /// Returns once the socket answers. Throws `ControlError`: a switch answers there already, no permission, a path
  /// that cannot be used, a busy TCP port; then nothing stays behind.
  public func start() async throws {
    do {
      try ControlSocket.clear(path)
      try await listenOnSocket()
      ownsSocket = true
      if let http { try await listen(on: http) }
    } catch {
      await stop()
      throw error
    }
  }

  /// Removes the socket and ends all connections; requests in progress are cut off after a moment.
  public func stop() async {
    isStopped = true
    if ownsSocket { unlink(path) }
    ownsSocket = false
    let stopping = servers
    servers = []
    for server in stopping { await server.stop(timeout: Self.stopSeconds) }
  }

  private func listenOnSocket() async throws {
    let temporary = "\(path).\(getpid())"
    // Left by a killed process of the same number, and nobody's else.
    unlink(temporary)
    let server: HTTPServer
    do {
      server = try await listen(on: .unix(path: temporary) as sockaddr_un, isReadOnly: false)
    } catch SocketError.failed(_, let code, _) {
      throw ControlSocket.failure(path, "cannot be listened on", code)
    }
    do {
      if isStopped { throw ControlError.unavailable("\(path): the switch is stopping") }
      try ControlSocket.publish(temporary, as: path)
    } catch {
      servers.removeAll { $0 === server }
      await server.stop(timeout: Self.stopSeconds)
      throw error
    }
  }

  private func listen(on address: HTTPAddress) async throws {
    do {
      let server = try await listen(on: address.socketAddress, isReadOnly: true)
      switch await server.listeningAddress {
      case .ip4(_, let port), .ip6(_, let port): httpPort = port
      default: break
      }
    } catch SocketError.failed(_, let code, _) {
      let reason = String(cString: strerror(code))
      let fault = "HTTP \(address): cannot be listened on: \(reason)"
      throw code == EACCES
        ? ControlError.noPermission("\(fault); run as root, or take a port above 1023 for --http")
        : ControlError.unavailable("\(fault); name another address with --http")
    }
  }

  @discardableResult
  private func listen(on address: some SocketAddress, isReadOnly: Bool) async throws -> HTTPServer {
    let server = HTTPServer(
      address: address, timeout: Self.requestSeconds, logger: .disabled,
      handler: ControlRoutes(controller: controller, isReadOnly: isReadOnly))
    let (events, continuation) = AsyncThrowingStream<Void, any Error>.makeStream()
    Task {
      do {
        try await server.run()
      } catch {
        continuation.finish(throwing: error)
        await ended(server, error, isReadOnly: isReadOnly)
      }
    }
    let waiting = Task {
      try await server.waitUntilListening()
      continuation.yield()
    }
    defer { waiting.cancel() }
    for try await _ in events { break }
    servers.append(server)
    return server
  }

  /// Forwarding does not depend on the control interface. It ends when the process has no descriptors left, and listens
  /// again when there are some.
  private func ended(_ server: HTTPServer, _ error: any Error, isReadOnly: Bool) async {
    guard let i = servers.firstIndex(where: { $0 === server }) else { return }
    servers.remove(at: i)
    log.error("\(path): the control interface has ended: \(error); frames are still forwarded; trying again")
    while !isStopped {
      try? await Task.sleep(for: .seconds(1))
      if isStopped { return }
      do {
        if isReadOnly, let http { return try await listen(on: http) }
        try ControlSocket.clear(path)
        return try await listenOnSocket()
      } catch { log.debug("\(path): \(error)") }
    }
  }
}
