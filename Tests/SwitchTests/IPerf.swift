import Foundation
import Lab
import Testing

/// One iperf3 run between two hosts of a lab.
struct IPerf {
  var receivedBitsPerSecond: Double
  var sentBytes: Double

  private struct Answer: Decodable {
    struct Sum: Decodable {
      var bitsPerSecond: Double
      var bytes: Double
    }
    struct End: Decodable {
      var sumSent: Sum?
      var sumReceived: Sum?
      var sum: Sum?
    }
    var end: End?
    var error: String?
  }

  /// Runs `body` beside TCP from host 1 to host 2. Both hosts' TCP stays on CPU 0 (`onOneCPU`).
  @discardableResult
  static func beside<R>(_ lab: Lab, _ options: String..., body: () async throws -> R) async throws -> R {
    try await lab.receive(on: [0])
    let server = try lab.spawn(in: 2, onOneCPU + ["iperf3", "-s"])
    defer { server.signal(SIGKILL) }
    try await lab.waitUntilSomebodyListens(in: 2, port: 5201)
    let load = try lab.spawn(
      in: 1, onOneCPU + ["iperf3", "-c", lab.spec.address(of: 2), "-t", "3600"] + options)
    defer { load.signal(SIGKILL) }
    let result = try await body()
    #expect(load.isRunning)
    return result
  }

  /// Runs a server in `server` and a client in `client`. Throws when iperf3 says that something failed.
  static func run(
    _ lab: Lab, client: Int, server: Int, address: String, _ options: String..., more: [String] = [], seconds: Int = 1
  ) async throws -> IPerf {
    let listening = try lab.spawn(in: server, ["iperf3", "-s", "-1"])
    defer { listening.signal(SIGKILL) }
    // The server says nothing until it is connected to: the client is tried again.
    var output = ""
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    for _ in 0..<40 {
      let command = ["iperf3", "-c", address, "-t", "\(seconds)", "-J", "--connect-timeout", "2000"] + options + more
      output = try await Program.result(lab.command(in: client, command)).output
      let answer = try decoder.decode(Answer.self, from: Data(output.utf8))
      if let end = answer.end, answer.error == nil, let received = end.sumReceived ?? end.sum {
        // It holds the port until it has ended.
        _ = await listening.ends(within: .seconds(5))
        return IPerf(receivedBitsPerSecond: received.bitsPerSecond, sentBytes: (end.sumSent ?? received).bytes)
      }
      guard answer.error?.contains("refused") == true else { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw LabError("iperf3 from h\(client) to \(address): \(output.suffix(300))")
  }
}
