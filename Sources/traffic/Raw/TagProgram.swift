import CXDP
import Glibc

/// Puts a VLAN tag beside every frame that leaves a device while it is attached: traffic control (TCX, kernel 6.6).
struct TagProgram: ~Copyable {
  private let program: Descriptor
  private let link: Descriptor

  init(_ device: NetworkInterface, vlan: UInt16) throws(TrafficError) {
    var code = BPFAssembler()
    code.set(.r2, .move, Int32(UInt16(0x8100).bigEndian))
    code.set(.r3, .move, Int32(vlan))
    code.call(BPF_FUNC_skb_vlan_push)
    code.set(.r0, .move, 0)
    code.exit()
    let program = try code.load("tag", as: BPF_PROG_TYPE_SCHED_CLS)
    // 47: BPF_TCX_EGRESS.
    link = try Descriptor(
      bpf_link_create(program.number, Int32(device.index), bpf_attach_type(rawValue: 47), nil),
      "\(device.name): attaching the tag program")
    self.program = program
  }
}
