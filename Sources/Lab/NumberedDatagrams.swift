import Foundation

/// Numbered datagrams from one host of a lab to another (`traffic number`), and what the receiver says became of them.
public struct NumberedDatagrams: Decodable, Sendable {
  public var expected: Int
  public var received: Int
  public var outOfOrder: Int
  public var duplicates: Int
  public var damaged: Int
  /// From the first that came to the last.
  public var seconds: Double

  /// What came was whole, came once, and in the order of its flow.
  public var isOrderly: Bool { outOfOrder == 0 && duplicates == 0 && damaged == 0 }

  /// What is sent.
  public struct Load: Sendable {
    public var flows = 64
    /// Of all flows together, which take turns.
    public var count: Int
    /// Datagrams a second.
    public var rate: Double
    /// Bytes of a frame; nil: the least that holds a number.
    public var size: Int?
    /// Datagrams handed to the kernel as one super-frame (UDP_SEGMENT).
    public var segments = 1

    public init(flows: Int = 64, count: Int, rate: Double, size: Int? = nil, segments: Int = 1) {
      (self.flows, self.count, self.rate, self.size, self.segments) = (flows, count, rate, size, segments)
    }
  }

  /// Sends, and waits until the receiver has seen the end.
  /// - Parameters:
  ///   - beforeSending: called when the receiver is ready.
  ///   - sender, receiver: commands that the programs are started by, as `taskset -c 0`.
  public static func send(
    _ load: Load, in lab: Lab, from: Int, to: Int, sender: [String] = [], receiver: [String] = [],
    beforeSending: () async throws -> Void = {}
  ) async throws -> NumberedDatagrams {
    let traffic = try BuiltProgram.path("traffic")
    let receiving = try lab.spawn(in: to, receiver + [traffic, "number", "receive"])
    defer { receiving.signal(SIGKILL) }
    try await receiving.prints("ready")
    try await beforeSending()
    var command = ["--destination", lab.spec.address(of: to), "--flows", "\(load.flows)"]
    command += ["--count", "\(load.count)", "--rate", "\(load.rate)"]
    if let size = load.size { command += ["--size", "\(size)"] }
    if load.segments > 1 { command += ["--segments", "\(load.segments)", "--burst", "\(load.segments)"] }
    try await Program.run(lab.command(in: from, sender + [traffic, "number", "send"] + command))
    _ = await receiving.ends(within: .seconds(30))
    let answer = receiving.output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("{") }
    guard let answer else { throw LabError("host \(to) received no numbered datagrams: \(receiving.errorOutput)") }
    return try JSONDecoder().decode(Self.self, from: Data(answer.utf8))
  }
}
