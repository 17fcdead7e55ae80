import CXDP
import Glibc

/// An XDP program on a device that counts and drops the UDP datagrams to one port, and passes everything else.
struct CountingProgram: ~Copyable {
  private let counters: CounterMap
  private let program: Descriptor
  private let link: Descriptor
  /// `native` or `generic`.
  let mode: String

  init(_ device: NetworkInterface, port: UInt16) throws(TrafficError) {
    let counters = try CounterMap(counters: 2)
    let program = try Self.code(counting: port, in: counters.descriptor).load("sink", as: BPF_PROG_TYPE_XDP)
    var result = Self.attach(program.number, device, flags: UInt32(XDP_FLAGS_DRV_MODE))
    let mode = result >= 0 ? "native" : "generic"
    if result < 0 && result != -EBUSY {
      result = Self.attach(program.number, device, flags: UInt32(XDP_FLAGS_SKB_MODE))
    }
    let link = try Descriptor(result, "\(device.name): attaching XDP")
    self.link = link
    self.counters = counters
    self.program = program
    self.mode = mode
  }

  var frames: Int { counters.read()[0] }
  var bytes: Int { counters.read()[1] }

  private static func attach(_ program: Int32, _ device: NetworkInterface, flags: UInt32) -> Int32 {
    var options = bpf_link_create_opts()
    options.sz = MemoryLayout.size(ofValue: options)
    options.flags = flags
    return bpf_link_create(program, Int32(device.index), BPF_XDP, &options)
  }

  private static func code(counting port: UInt16, in map: Int32) -> BPFAssembler {
    var code = BPFAssembler()
    code.set(.r6, .move, .r1)
    code.load(.r7, .word, at: .r1, 0)
    code.load(.r8, .word, at: .r1, 4)
    // Ethernet, IPv4 and UDP: the shortest frame that counts.
    code.set(.r2, .move, .r7)
    code.set(.r2, .add, 42)
    code.jump(if: .r2, .greater, .r8, to: "pass")
    code.load(.r3, .half, at: .r7, 12)
    code.jump(if: .r3, .equal, Int32(UInt16(0x86DD).bigEndian), to: "ipv6")
    code.jump(if: .r3, .notEqual, Int32(UInt16(0x0800).bigEndian), to: "pass")
    code.load(.r3, .byte, at: .r7, 14)
    code.jump(if: .r3, .notEqual, 0x45, to: "pass")
    code.load(.r3, .byte, at: .r7, 23)
    code.load(.r4, .half, at: .r7, 36)
    code.jump(to: "udp")
    code.label("ipv6")
    code.set(.r2, .add, 20)
    code.jump(if: .r2, .greater, .r8, to: "pass")
    code.load(.r3, .byte, at: .r7, 20)
    code.load(.r4, .half, at: .r7, 56)
    code.label("udp")
    code.jump(if: .r3, .notEqual, 17, to: "pass")
    code.jump(if: .r4, .notEqual, Int32(port.bigEndian), to: "pass")
    code.store(0, .word, at: .r10, -4)
    code.loadMap(.r1, map)
    code.set(.r2, .move, .r10)
    code.set(.r2, .add, -4)
    code.call(BPF_FUNC_map_lookup_elem)
    code.jump(if: .r0, .equal, 0, to: "pass")
    code.set(.r9, .move, .r0)
    code.set(.r1, .move, .r6)
    code.call(BPF_FUNC_xdp_get_buff_len)
    code.load(.r1, .double, at: .r9, 0)
    code.set(.r1, .add, 1)
    code.store(.r1, .double, at: .r9, 0)
    code.load(.r1, .double, at: .r9, 8)
    code.set(.r1, .add, .r0)
    code.store(.r1, .double, at: .r9, 8)
    code.set(.r0, .move, Int32(XDP_DROP.rawValue))
    code.exit()
    code.label("pass")
    code.set(.r0, .move, Int32(XDP_PASS.rawValue))
    code.exit()
    return code
  }
}
