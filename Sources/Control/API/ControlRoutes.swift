import FlyingFox
import Foundation

/// The HTTP interface of a switch:
///
///     GET    /v1/SUBJECT             every StatusSubject; /v1/indirection?port=NAME for one port
///     POST   /v1/ports               adds the port in the body, one element of the configuration's `ports`
///     PATCH  /v1/ports/NAME          changes what the mapping in the body names; null restores a default
///     DELETE /v1/ports/NAME
///     POST   /v1/ports/NAME/acl      adds the rules in the body, one element of a port's `acl` or a list of them
///     DELETE /v1/ports/NAME/acl      removes those in the body
///     POST   /v1/ports/NAME/acl/test what the rules do with the packet in the body, a `RuleQuestion` in JSON
///     GET    /v1/meters/report       ?port=NAME&since=SECONDS narrow it
///     POST   /v1/meters/reset        ?port=NAME&meter=NAME narrow it; answers what was cleared
///     POST   /v1/fdb/flush           ?port=NAME&vlan=N narrow it
///     POST   /v1/rss/move            ?port=NAME&entries=FIRST-LAST|all&worker=N
///     GET    /metrics                Prometheus text format
///
/// Answers are JSON objects; a refusal is an `ErrorAnswer` with the HTTP status of its `ControlError`.
struct ControlRoutes: HTTPHandler {
  /// Bytes of the longest YAML fragment accepted.
  static let longestBody = 16 << 20

  let controller: any SwitchController
  /// Serve GET alone: anyone on the host can reach a TCP port.
  let isReadOnly: Bool

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    do {
      return try await answer(request)
    } catch let error as ControlError {
      return .json(error)
    } catch {
      return .json(ControlError.internal("\(request.method.rawValue) \(request.path): \(error)"))
    }
  }

  private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
    if isReadOnly && request.method != .GET {
      throw ControlError(
        status: 405, exitCode: .noPermission,
        message: "\(request.method.rawValue) \(request.path): read-only here; use the control socket")
    }
    let path = request.path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    switch (request.method, path.first, Array(path.dropFirst())) {
    case (.GET, "metrics", []):
      return try await metrics()
    case (.GET, "v1", let rest) where rest.count == 1:
      guard let subject = StatusSubject(rawValue: rest[0]) else { throw unknown(request) }
      return try await status(of: subject, request)
    case (.POST, "v1", ["ports"]):
      try await controller.addPort(yaml: body(of: request))
      return try .json(ChangeAnswer())
    case (.PATCH, "v1", let rest) where rest.count == 2 && rest[0] == "ports":
      try await controller.setPort(name: rest[1], yaml: body(of: request))
      return try .json(ChangeAnswer())
    case (.DELETE, "v1", let rest) where rest.count == 2 && rest[0] == "ports":
      try await controller.removePort(name: rest[1])
      return try .json(ChangeAnswer())
    case (.POST, "v1", let rest) where rest.count == 3 && rest[0] == "ports" && rest[2] == "acl":
      try await controller.addRules(port: rest[1], yaml: body(of: request))
      return try .json(ChangeAnswer())
    case (.DELETE, "v1", let rest) where rest.count == 3 && rest[0] == "ports" && rest[2] == "acl":
      try await controller.removeRules(port: rest[1], yaml: body(of: request))
      return try .json(ChangeAnswer())
    case (.POST, "v1", let rest) where rest.count == 4 && rest[0] == "ports" && rest[2...] == ["acl", "test"]:
      return try .json(await controller.testRules(port: rest[1], question(in: request)))
    case (.GET, "v1", ["meters", "report"]):
      return try .json(await controller.meterReport(port: query("port", request), since: since(request)))
    case (.POST, "v1", ["meters", "reset"]):
      return try .json(await controller.resetMeters(port: query("port", request), meter: query("meter", request)))
    case (.POST, "v1", ["fdb", "flush"]):
      let flushed = try await controller.flushFDB(port: query("port", request), vlan: vlan(request))
      return try .json(ChangeAnswer(flushed: flushed))
    case (.POST, "v1", ["rss", "move"]):
      guard let port = query("port", request), let worker = query("worker", request).flatMap({ Int($0) }) else {
        throw ControlError.usage("rss/move wants port=NAME, entries=FIRST-LAST and worker=N")
      }
      let entries = try IndirectionEntries(parsing: query("entries", request) ?? "")
      let moved = try await controller.moveEntries(port: port, entries: entries, to: worker)
      return try .json(ChangeAnswer(moved: moved))
    default:
      throw unknown(request)
    }
  }

  private func status(of subject: StatusSubject, _ request: HTTPRequest) async throws -> HTTPResponse {
    switch subject {
    case .summary: try .json(SummaryDocument(summary: await controller.summary()))
    case .ports: try .json(PortsDocument(ports: await controller.ports()))
    case .workers: try .json(WorkersDocument(workers: await controller.workers()))
    case .queues: try .json(QueuesDocument(queues: await controller.queues()))
    case .indirection:
      try .json(IndirectionDocument(indirection: await controller.indirection(port: query("port", request))))
    case .fdb: try .json(FDBDocument(fdb: await controller.fdb()))
    case .acl: try .json(ACLDocument(acl: await controller.acl(port: query("port", request))))
    case .meters: try .json(MetersDocument(meters: await controller.meters(port: query("port", request))))
    case .frames: try .json(FramesDocument(frames: await controller.frames()))
    case .drops: try .json(DropsDocument(drops: await controller.drops()))
    case .teams: try .json(TeamsDocument(teams: await controller.teams()))
    case .moves: try .json(MovesDocument(moves: await controller.moves()))
    case .qos: try .json(QoSDocument(qos: await controller.qos()))
    }
  }

  private func metrics() async throws -> HTTPResponse {
    let text = Metrics.text(
      summary: try await controller.summary(), ports: try await controller.ports(),
      workers: try await controller.workers())
    return HTTPResponse(
      statusCode: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"], body: Data(text.utf8))
  }

  private func body(of request: HTTPRequest) async throws -> String {
    // Without a length the body is chunked; nothing that speaks to a switch sends that.
    guard let count = request.bodySequence.count, count <= Self.longestBody else {
      throw ControlError(
        status: 413, exitCode: .usage, message: "a request's body is at most 16 MiB, with a Content-Length")
    }
    let data = try await request.bodyData
    // One that was cut off by the time limit ends like a whole one.
    guard data.count == count else { throw ControlError.usage("a request's body must come whole within a minute") }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw ControlError.usage("a request's body is UTF-8 text")
    }
    return text
  }

  private func query(_ name: String, _ request: HTTPRequest) -> String? {
    request.query.first { $0.name == name }?.value
  }

  private func question(in request: HTTPRequest) async throws -> RuleQuestion {
    let text = try await body(of: request)
    do { return try JSONDecoder().decode(RuleQuestion.self, from: Data(text.utf8)) } catch {
      throw ControlError.usage("acl test: the question cannot be read: \(error)")
    }
  }

  private func since(_ request: HTTPRequest) throws -> Int? {
    guard let text = query("since", request) else { return nil }
    guard let seconds = Int(text), seconds >= 0 else {
      throw ControlError.usage("since '\(text)': a moment is a number of seconds since 1970")
    }
    return seconds
  }

  private func vlan(_ request: HTTPRequest) throws -> UInt16? {
    guard let text = query("vlan", request) else { return nil }
    guard let vlan = UInt16(text), vlan <= 4094 else {
      throw ControlError.usage("vlan '\(text)': a VLAN is a number from 0 (untagged) to 4094")
    }
    return vlan
  }

  private func unknown(_ request: HTTPRequest) -> ControlError {
    ControlError(
      status: 404, exitCode: .usage, message: "\(request.method.rawValue) \(request.path): the switch has no such route"
    )
  }
}
