import CXDP
import Glibc
import Units

/// A frame of a live flood, and how many of every so many are like it.
struct LiveFrame {
  /// UDP over IPv4 without options and without a UDP checksum.
  let bytes: [UInt8]
  let share: Int
}

/// Lets the kernel send XDP frames from a program of ours (Documentation/bpf/bpf_prog_run.rst, "live packet mode").
struct LiveGenerator: ~Copyable {
  /// Frames a call: a call costs some 20 ms beside its frames.
  private static let framesPerCall = 1 << 20
  private let device: NetworkInterface
  private let longest: [UInt8]
  private let counter: CounterMap
  private let program: Descriptor

  init(_ device: NetworkInterface, _ frames: [LiveFrame], flows: Int, firstPort: UInt16) throws(TrafficError) {
    let counter = try CounterMap(counters: 1)
    let longest = frames.map(\.bytes).max { $0.count < $1.count }!
    let sourcePort: Int16 = 14 + 20
    var code = BPFAssembler()
    code.set(.r6, .move, .r1)
    code.load(.r7, .word, at: .r1, 0)
    code.load(.r8, .word, at: .r1, 4)
    code.set(.r2, .move, .r7)
    code.set(.r2, .add, Int32(sourcePort) + 8)
    code.jump(if: .r2, .greater, .r8, to: "abort")
    code.store(0, .word, at: .r10, -4)
    code.loadMap(.r1, counter.descriptor)
    code.set(.r2, .move, .r10)
    code.set(.r2, .add, -4)
    code.call(BPF_FUNC_map_lookup_elem)
    code.jump(if: .r0, .equal, 0, to: "abort")
    code.load(.r9, .double, at: .r0, 0)
    code.set(.r2, .move, .r9)
    code.set(.r2, .add, 1)
    code.store(.r2, .double, at: .r0, 0)
    code.set(.r1, .move, .r9)
    code.set(.r1, .modulo, Int32(flows))
    code.set(.r1, .add, Int32(firstPort))
    code.toNetwork16(.r1)
    code.store(.r1, .half, at: .r7, sourcePort)
    if frames.count > 1 { Self.cut(frames, longest.count, into: &code) }
    code.set(.r1, .move, Int32(device.index))
    code.set(.r2, .move, 0)
    code.call(BPF_FUNC_redirect)
    code.exit()
    code.label("abort")
    code.set(.r0, .move, Int32(XDP_ABORTED.rawValue))
    code.exit()
    program = try code.load("flood", as: BPF_PROG_TYPE_XDP)
    self.counter = counter
    self.device = device
    self.longest = longest
  }

  /// Makes frame number r9 (at r7, of `longest` bytes) one of the given kinds by its length and its length fields. They
  /// are written each time: the kernel restores a frame's length, not its bytes.
  private static func cut(_ frames: [LiveFrame], _ longest: Int, into code: inout BPFAssembler) {
    let round = frames.reduce(0) { $0 + $1.share }
    code.set(.r9, .modulo, Int32(round))
    var before = 0
    for (kind, frame) in frames.enumerated() {
      before += frame.share
      code.jump(if: .r9, .greater, Int32(before - 1), to: "kind \(kind + 1)")
      // The IPv4 total length and header checksum, and the UDP length.
      for field: Int16 in [16, 24, 38] {
        let bytes = frame.bytes[Int(field)...].prefix(2)
        code.store(Int32(UInt16(bytes.first!) | UInt16(bytes.last!) << 8), .half, at: .r7, field)
      }
      code.set(.r1, .move, .r6)
      code.set(.r2, .move, Int32(frame.bytes.count - longest))
      code.call(BPF_FUNC_xdp_adjust_tail)
      code.jump(to: "cut")
      code.label("kind \(kind + 1)")
    }
    code.label("cut")
  }

  /// What the device counts is sent: the kernel does not tell the program which of its frames the device refused.
  func run(seconds: Double) throws(TrafficError) -> (sent: Int, refused: Int, seconds: Double) {
    let start = Pacer.now
    var before = try device.framesSent()
    var sent = 0
    let end = start + Nanoseconds(UInt64(seconds * 1e9))
    while Pacer.now < end && !StopRequest.isMade {
      let result = longest.withUnsafeBytes { bytes in
        var options = bpf_test_run_opts()
        options.sz = MemoryLayout.size(ofValue: options)
        options.data_in = bytes.baseAddress
        options.data_size_in = UInt32(bytes.count)
        options.repeat = Int32(Self.framesPerCall)
        options.flags = UInt32(BPF_F_TEST_XDP_LIVE_FRAMES)
        return bpf_prog_test_run_opts(program.number, &options)
      }
      guard result == 0 || result == -EINTR else { throw .refused("sending live XDP frames", -result) }
      let after = try device.framesSent()
      sent += Int(after &- before)
      before = after
      // Others' frames count as well: a handful does not mean that ours are taken.
      guard sent > counter.read()[0] / 1000 else {
        throw TrafficError(
          description: """
            \(device.name) takes no XDP frames; run native XDP (`ingress: native`) or GRO at the other end of its \
            link, or use --generator socket
            """, exitCode: EX_UNAVAILABLE)
      }
    }
    let made = counter.read()[0]
    return (min(sent, made), max(0, made - sent), (Pacer.now - start).seconds)
  }
}
