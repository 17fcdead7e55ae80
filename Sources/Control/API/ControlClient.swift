import FlyingFox
import FlyingSocks
import FoundationEssentials
import Glibc

/// Speaks to a running switch through its control socket. Every error is a `ControlError`: the switch's own refusal,
/// or why it cannot be reached.
public struct ControlClient: Sendable {
  /// A little longer than the switch takes before it gives up a request.
  static let answerSeconds = ControlServer.requestSeconds + 5

  public let path: String

  public init(path: String = ControlSocket.defaultPath) { self.path = path }

  /// What the switch says about `Document.subject`.
  public func get<Document: StatusDocument>(
    _ type: Document.Type = Document.self, query: [String: String] = [:]
  ) async throws -> Document {
    try decode(type, from: await send(.GET, "/v1/\(type.subject.rawValue)", query: query))
  }

  public func addPort(yaml: String) async throws {
    _ = try await send(.POST, "/v1/ports", body: yaml)
  }

  public func removePort(name: String) async throws {
    _ = try await send(.DELETE, "/v1/ports/\(name)")
  }

  public func setPort(name: String, yaml: String) async throws {
    _ = try await send(.PATCH, "/v1/ports/\(name)", body: yaml)
  }

  public func addRules(port: String, yaml: String) async throws {
    _ = try await send(.POST, "/v1/ports/\(port)/acl", body: yaml)
  }

  public func removeRules(port: String, yaml: String) async throws {
    _ = try await send(.DELETE, "/v1/ports/\(port)/acl", body: yaml)
  }

  public func testRules(port: String, _ question: RuleQuestion) async throws -> RuleTestAnswer {
    let body = String(decoding: try StatusJSON.encode(question, pretty: false), as: UTF8.self)
    return try decode(RuleTestAnswer.self, from: await send(.POST, "/v1/ports/\(port)/acl/test", body: body))
  }

  /// - Parameter since: seconds since 1970; nil: from the last reset.
  public func meterReport(port: String?, since: Int?) async throws -> MeterReport {
    var query: [String: String] = [:]
    query["port"] = port
    query["since"] = since.map { String($0) }
    return try decode(MeterReport.self, from: await send(.GET, "/v1/meters/report", query: query))
  }

  public func resetMeters(port: String?, meter: String?) async throws -> MeterReport {
    var query: [String: String] = [:]
    query["port"] = port
    query["meter"] = meter
    return try decode(MeterReport.self, from: await send(.POST, "/v1/meters/reset", query: query))
  }

  /// Returns how many addresses the switch forgot.
  public func flushFDB(port: String?, vlan: UInt16?) async throws -> Int {
    var query: [String: String] = [:]
    query["port"] = port
    query["vlan"] = vlan.map { String($0) }
    let answer = try decode(ChangeAnswer.self, from: await send(.POST, "/v1/fdb/flush", query: query))
    return answer.flushed ?? 0
  }

  /// Returns how many entries were not there before.
  public func moveEntries(port: String, entries: IndirectionEntries, to worker: Int) async throws -> Int {
    let query = ["port": port, "entries": "\(entries)", "worker": "\(worker)"]
    return try decode(ChangeAnswer.self, from: await send(.POST, "/v1/rss/move", query: query)).moved ?? 0
  }

  private func send(
    _ method: HTTPMethod, _ route: String, query: [String: String] = [:], body: String = ""
  ) async throws -> Data {
    let address = try ControlSocket.address(path)
    let request = HTTPRequest(
      method: method, version: .http11, path: route, query: query.map { .init(name: $0.key, value: $0.value) },
      headers: [.connection: "close"], body: Data(body.utf8))
    let (status, data) = try await reaching {
      try await within(seconds: Self.answerSeconds) {
        var client = HTTPClient()
        let response = try await client.sendHTTPRequest(request, to: address)
        return (response.statusCode.code, try await response.bodyData)
      }
    }
    if status == 200 { return data }
    guard let answer = try? JSONDecoder().decode(ErrorAnswer.self, from: data),
      let exitCode = ControlError.ExitCode(rawValue: answer.exitCode)
    else {
      throw ControlError.internal("\(path): answered \(status) without a reason; see the switch's log")
    }
    throw ControlError(status: status, exitCode: exitCode, message: answer.error)
  }

  /// Turns what the socket says into what the user can do.
  private func reaching<R: Sendable>(_ body: () async throws -> R) async throws -> R {
    do {
      return try await body()
    } catch let error as ControlError {
      throw error
    } catch SocketError.failed(_, let code, _) where code == EACCES || code == EPERM {
      throw ControlError.noPermission("\(path): permission denied; run as root or as a member of the socket's group")
    } catch SocketError.failed(_, let code, _) where code == ENOENT || code == ECONNREFUSED {
      throw ControlError.unavailable(
        "\(path): no switch runs here; start one with: millrace run CONFIG, or name its socket with --socket")
    } catch SocketError.failed(_, let code, _) {
      throw ControlError.unavailable("\(path): \(String(cString: strerror(code))); name the switch's with --socket")
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw ControlError.unavailable("\(path): the switch ended while it answered; see its log")
    }
  }

  private func decode<R: Decodable>(_ type: R.Type, from data: Data) throws -> R {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw ControlError.internal("\(path): answers, but not as this version of Millrace; update both: \(error)")
    }
  }

  private func within<R: Sendable>(seconds: Double, _ body: @escaping @Sendable () async throws -> R) async throws -> R
  {
    try await withThrowingTaskGroup(of: R.self) { group in
      group.addTask(operation: body)
      group.addTask {
        try await Task.sleep(for: .seconds(seconds))
        throw ControlError.unavailable("\(path): no answer within \(Int(seconds)) s; see the switch's log")
      }
      defer { group.cancelAll() }
      return try await group.next()!
    }
  }
}
