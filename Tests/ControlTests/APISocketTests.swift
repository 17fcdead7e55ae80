import Control
import Foundation
import Testing

@Suite("Control API: the socket")
struct APISocketTests {
  private func server(_ path: String, http: HTTPAddress? = nil) -> ControlServer {
    ControlServer(controller: FakeSwitch(), path: path, http: http)
  }

  private func mode(_ path: String) -> mode_t? {
    var info = stat()
    return lstat(path, &info) == 0 ? info.st_mode : nil
  }

  /// Binds a socket and closes it, as a killed switch does.
  private func leaveStaleSocket(_ path: String) {
    mkdir(path.prefix(upTo: path.lastIndex(of: "/")!).description, 0o755)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    withUnsafePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(descriptor)
  }

  @Test("its directory is created, its mode is 0660, nothing else is left beside it, and stop removes it")
  func life() async throws {
    let socket = TemporarySocket()
    let server = server(socket.path)
    try await server.start()
    #expect(mode(socket.path) == S_IFSOCK | 0o660)
    #expect(try FileManager.default.contentsOfDirectory(atPath: socket.directory + "/run") == ["control.sock"])
    await server.stop()
    #expect(try FileManager.default.contentsOfDirectory(atPath: socket.directory + "/run") == [])
  }

  @Test("a dead switch's socket is replaced")
  func stale() async throws {
    let socket = TemporarySocket()
    leaveStaleSocket(socket.path)
    try #require(mode(socket.path) != nil)
    let server = server(socket.path)
    try await server.start()
    #expect(try await ControlClient(path: socket.path).get(FramesDocument.self).frames.total == 4096)
    await server.stop()
  }

  @Test("a living switch's socket is refused with 69 and keeps answering")
  func living() async throws {
    try await withServer { (path, _) async throws in
      let second = server(path)
      let error = await #expect(throws: ControlError.self) { try await second.start() }
      #expect(error?.exitCode == .unavailable)
      #expect(error?.message.hasPrefix("\(path): another switch answers here") == true)
      await second.stop()
      let frames = try await ControlClient(path: path).get(FramesDocument.self).frames
      #expect(frames.total == 4096)
    }
  }

  @Test("a file that is no socket is refused with 69 and left alone")
  func file() async throws {
    let socket = TemporarySocket()
    mkdir(socket.directory + "/run", 0o755)
    try Data("precious".utf8).write(to: URL(filePath: socket.path))
    let error = await #expect(throws: ControlError.self) { try await self.server(socket.path).start() }
    #expect(error?.exitCode == .unavailable)
    #expect(try String(contentsOfFile: socket.path, encoding: .utf8) == "precious")
  }

  @Test("a path longer than a socket's is refused with 64, by server and client")
  func longPath() async throws {
    let path = "/tmp/" + String(repeating: "x", count: 100)
    let ofServer = await #expect(throws: ControlError.self) { try await self.server(path).start() }
    let ofClient = await #expect(throws: ControlError.self) {
      try await ControlClient(path: path).get(FramesDocument.self)
    }
    #expect(ofServer?.exitCode == .usage)
    #expect(ofClient == ofServer)
  }

  @Test("without a switch the client says 69 and how to start one")
  func nobody() async throws {
    let socket = TemporarySocket()
    for isStale in [false, true] {
      if isStale { leaveStaleSocket(socket.path) }
      let error = await #expect(throws: ControlError.self) {
        try await ControlClient(path: socket.path).get(FramesDocument.self)
      }
      #expect(error?.exitCode == .unavailable)
      #expect(error?.message.contains("millrace run") == true)
    }
  }

  @Test("the HTTP address serves GET and refuses everything else")
  func readOnly() async throws {
    let fake = FakeSwitch()
    try await withServer(fake, http: HTTPAddress(parsing: "127.0.0.1:0")) { (_, server) async throws in
      let port = try #require(await server.httpPort)
      #expect(try await RawAnswer("GET /v1/ports", port: port).status == 200)
      let refusal = try await RawAnswer("DELETE /v1/ports/vm1", port: port)
      #expect(refusal.status == 405)
      #expect(try refusal.object["exitCode"] as? Int == 77)
      #expect(fake.told == FakeSwitch.Told())
    }
  }

  @Test("metrics: every sample has HELP and TYPE before it, and the switch's value")
  func metrics() async throws {
    try await withServer { (path, _) async throws in
      let answer = try await RawAnswer("GET /metrics", socket: path)
      #expect(answer.status == 200)
      var families: Set<Substring> = []
      for line in answer.body.split(separator: "\n") {
        if line.hasPrefix("# TYPE ") { families.insert(line.split(separator: " ")[2]) }
        if line.hasPrefix("#") { continue }
        #expect(families.contains(line.prefix { $0 != "{" && $0 != " " }))
      }
      #expect(answer.body.contains("\nmillrace_port_received_frames_total{port=\"vm1\"} 1234567\n"))
      #expect(answer.body.contains("\nmillrace_port_dropped_frames_total{port=\"vm1\",reason=\"runt\"} 3\n"))
      #expect(answer.body.contains("\nmillrace_worker_load_ratio{worker=\"0\",cpu=\"0\"} 0.25\n"))
    }
  }

  @Test("a busy HTTP port is refused with 69 and leaves no socket behind")
  func busyPort() async throws {
    try await withServer(http: HTTPAddress(parsing: "127.0.0.1:0")) { (_, first) async throws in
      let port = try #require(await first.httpPort)
      let socket = TemporarySocket()
      let second = server(socket.path, http: try HTTPAddress(parsing: "127.0.0.1:\(port)"))
      let error = await #expect(throws: ControlError.self) { try await second.start() }
      #expect(error?.exitCode == .unavailable)
      #expect(mode(socket.path) == nil)
    }
  }

  @Test(
    "addresses that are none are refused with 64",
    arguments: ["9177", ":9177", "localhost:1", "1.2.3.4:70000", "::1:9"])
  func addresses(text: String) {
    let error = #expect(throws: ControlError.self) { try HTTPAddress(parsing: text) }
    #expect(error?.exitCode == .usage)
  }
}
