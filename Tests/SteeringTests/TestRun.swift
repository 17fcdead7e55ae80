import CMillraceABI
import CXDP

/// One BPF_PROG_TEST_RUN.
struct TestRun {
  var action: UInt32
  /// The frame as the program left it, metadata in front.
  var output: [UInt8]
  /// Nanoseconds a repetition, by the kernel's clock.
  var nanoseconds: UInt32

  /// Runs an XDP program, or a socket filter, over one frame. Throws the errno.
  /// - Parameter linear: of an XDP frame, bytes in the first fragment; nil for all of them.
  init(
    program: Int32, frame: [UInt8], repeating count: Int32 = 1, isXDP: Bool = true, linear: Int? = nil
  ) throws(Refused) {
    var context = xdp_md()
    var output = [UInt8](repeating: 0, count: frame.count + 256)
    var options = bpf_test_run_opts()
    options.sz = MemoryLayout<bpf_test_run_opts>.size
    options.repeat = count
    options.data_size_in = UInt32(frame.count)
    let capacity = UInt32(output.count)
    let result = frame.withUnsafeBytes { input in
      output.withUnsafeMutableBytes { out in
        options.data_in = input.baseAddress
        if isXDP {
          options.data_out = out.baseAddress
          options.data_size_out = capacity
        }
        guard let linear else { return bpf_prog_test_run_opts(program, &options) }
        context.data_end = UInt32(linear)
        return withUnsafeMutableBytes(of: &context) { context in
          options.ctx_in = UnsafeRawPointer(context.baseAddress!)
          options.ctx_size_in = UInt32(context.count)
          return bpf_prog_test_run_opts(program, &options)
        }
      }
    }
    if result < 0 { throw Refused(errno: -result) }
    action = options.retval
    self.output = Array(output.prefix(isXDP ? Int(options.data_size_out) : 0))
    nanoseconds = options.duration
  }

  struct Refused: Error {
    let errno: Int32
  }

  /// What the XDP program wrote in front of the frame.
  var metadata: mr_frame_metadata {
    output.withUnsafeBytes { $0.loadUnaligned(as: mr_frame_metadata.self) }
  }
}
