import CLinux
import CXDP
import Glibc

/// Sends frames out of a netdev with a vnet header, as a guest with offloads does.
final class FrameSender {
  private let socket: Int32

  init(index: UInt32) throws {
    socket = ml_packet_socket(index, 0, 0)
    guard socket >= 0 else { throw NetworkNamespace.Failed(what: "packet socket", errno: -socket) }
  }

  deinit { close(socket) }

  /// - Parameters:
  ///   - partial: where the L4 header starts and where in it the checksum is; nil for finished checksums.
  ///   - segmentation: kind (VIRTIO_NET_HDR_GSO_…) and payload of a segment.
  func send(
    _ frame: [UInt8], partial: (start: Int, offset: Int)? = nil, segmentation: (kind: UInt8, size: Int)? = nil
  ) throws {
    var header = ml_vnet_header()
    if let partial {
      header.flags = UInt8(VIRTIO_NET_HDR_F_NEEDS_CSUM)
      (header.csum_start, header.csum_offset) = (UInt16(partial.start), UInt16(partial.offset))
      header.hdr_len = UInt16(partial.start + partial.offset + 2)
    }
    if let segmentation { (header.gso_type, header.gso_size) = (segmentation.kind, UInt16(segmentation.size)) }
    let bytes = withUnsafeBytes(of: header) { Array($0) } + frame
    let sent = Glibc.send(socket, bytes, bytes.count, 0)
    guard sent == bytes.count else { throw NetworkNamespace.Failed(what: "send", errno: errno) }
  }
}

/// Puts a VLAN tag beside every frame that leaves a netdev, as a sender with tag offload does: a traffic-control
/// program (TCX, kernel 6.6) of five instructions.
final class TagPusher {
  private let program: Int32
  private let link: Int32

  init(index: UInt32, type: UInt16, tci: UInt16) throws {
    func instruction(_ code: UInt8, register: UInt8 = 0, _ immediate: Int32 = 0) -> bpf_insn {
      var instruction = bpf_insn()
      (instruction.code, instruction.dst_reg, instruction.imm) = (code, register, immediate)
      return instruction
    }
    let (move, call, exit) = (UInt8(0xB7), UInt8(0x85), UInt8(0x95))
    let code = [
      instruction(move, register: 2, Int32(type.bigEndian)), instruction(move, register: 3, Int32(tci)),
      instruction(call, Int32(BPF_FUNC_skb_vlan_push.rawValue)), instruction(move, register: 0, 0), instruction(exit),
    ]
    program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "push", "GPL", code, code.count, nil)
    guard program >= 0 else { throw NetworkNamespace.Failed(what: "load the tag program", errno: -program) }
    let tcxEgress = bpf_attach_type(rawValue: 47)
    link = bpf_link_create(program, Int32(index), tcxEgress, nil)
    guard link >= 0 else { throw NetworkNamespace.Failed(what: "attach the tag program", errno: -link) }
  }

  deinit {
    close(link)
    close(program)
  }
}
