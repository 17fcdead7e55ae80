import ArgumentParser
import CLinux
import Glibc
import Units
import Wire

/// `traffic raw capture`.
struct RawCapture: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture", abstract: "Record the frames on a device, one line of JSON each.",
    discussion: "Lines are written as frames come. At the end it says on standard error how many the kernel dropped.")

  enum Direction: String, ExpressibleByArgument, CaseIterable, Sendable { case `in`, out, both }

  @Option(help: "The device.") var interface: String
  @Option(help: "How long.") var seconds = 5.0
  @Option(help: "End after so many frames.") var count: Int?
  @Option(help: "in, out or both.") var direction = Direction.in
  @Option(help: "Only frames to or from this UDP or TCP port.") var port: UInt16?

  func run() throws {
    let device = try NetworkInterface(interface)
    let socket = ml_capture_socket(device.index, 64 << 20)
    guard socket >= 0 else { throw TrafficError.refused("\(interface): packet socket", -socket) }
    defer { close(socket) }
    var time = timeval(tv_sec: 0, tv_usec: 100_000)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    Output.ready()
    let end = Pacer.now + Nanoseconds(UInt64(seconds * 1e9))
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    var captured = 0
    while Pacer.now < end && !StopRequest.isMade && captured < count ?? .max {
      var facts = ml_captured()
      let length = ml_capture(socket, &buffer, UInt64(buffer.count), &facts)
      guard length >= 0 else {
        guard length == -Int(EAGAIN) || length == -Int(EINTR) else {
          throw TrafficError.refused("\(interface): receiving", Int32(-length))
        }
        continue
      }
      let frame = CapturedFrame(Array(buffer[..<length]), facts, nanoseconds: Pacer.now.count)
      guard direction == .both || frame.direction == direction.rawValue,
        port.map({ has($0, buffer[..<length]) }) ?? true
      else { continue }
      captured += 1
      try Output.print(frame)
    }
    Output.complain("traffic: \(captured) frames, \(ml_capture_drops(socket)) dropped by the kernel")
  }

  private func has(_ port: UInt16, _ frame: ArraySlice<UInt8>) -> Bool {
    frame.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      let headers = FrameHeaders(parsing: base, available: bytes.count, total: bytes.count)
      let l4 = base + Int(headers.l4Offset)
      return headers.hasPorts && (l4.big16(0) == port || l4.big16(2) == port)
    }
  }
}
