import FlyingFox
import FoundationEssentials

/// What every route but GET answers on success: how many entries were flushed or moved, or nothing.
struct ChangeAnswer: Codable, Sendable {
  var flushed: Int?
  var moved: Int?
}

/// The answer to a refused request: `{"error": "…", "exitCode": 69}`.
struct ErrorAnswer: Codable, Sendable {
  var error: String
  var exitCode: Int32
}

extension HTTPResponse {
  static func json(_ value: some Encodable) throws -> HTTPResponse {
    try json(value, status: .ok)
  }

  static func json(_ error: ControlError) -> HTTPResponse {
    let answer = ErrorAnswer(error: error.message, exitCode: error.exitCode.rawValue)
    let status = HTTPStatusCode(error.status, phrase: "Refused")
    return (try? json(answer, status: status)) ?? HTTPResponse(statusCode: .internalServerError)
  }

  private static func json(_ value: some Encodable, status: HTTPStatusCode) throws -> HTTPResponse {
    var body = try StatusJSON.encode(value, pretty: true)
    body.append(UInt8(ascii: "\n"))
    return HTTPResponse(statusCode: status, headers: [.contentType: "application/json"], body: body)
  }
}

/// The one way status is written as JSON: keys in order, so that two answers can be compared as text.
public enum StatusJSON {
  public static func encode(_ value: some Encodable, pretty: Bool) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}
