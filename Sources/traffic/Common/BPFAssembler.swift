import CLinux
import CXDP
import Glibc

/// Small BPF programs written in Swift, with labels for jumps (kernel:
/// Documentation/bpf/standardization/instruction-set.rst).
struct BPFAssembler {
  enum Register: UInt8 { case r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 }
  enum Size: UInt8 {
    case word = 0x00
    case half = 0x08
    case byte = 0x10
    case double = 0x18
  }
  enum Comparison: UInt8 {
    case equal = 0x10
    case greater = 0x20
    case notEqual = 0x50
  }
  enum Arithmetic: UInt8 {
    case add = 0x00
    case subtract = 0x10
    case multiply = 0x20
    case modulo = 0x90
    case move = 0xB0
  }

  private(set) var code: [bpf_insn] = []
  private var labels: [String: Int] = [:]
  private var jumps: [(at: Int, to: String)] = []

  private mutating func emit(_ code: UInt8, _ to: Register, _ from: Register, offset: Int16 = 0, _ value: Int32 = 0) {
    var instruction = bpf_insn()
    instruction.code = code
    (instruction.dst_reg, instruction.src_reg) = (to.rawValue, from.rawValue)
    (instruction.off, instruction.imm) = (offset, value)
    self.code.append(instruction)
  }

  mutating func set(_ to: Register, _ operation: Arithmetic, _ value: Int32) {
    emit(0x07 | operation.rawValue, to, .r0, value)
  }
  mutating func set(_ to: Register, _ operation: Arithmetic, _ from: Register) {
    emit(0x0F | operation.rawValue, to, from)
  }
  mutating func load(_ to: Register, _ size: Size, at base: Register, _ offset: Int16) {
    emit(0x61 | size.rawValue, to, base, offset: offset)
  }
  mutating func store(_ from: Register, _ size: Size, at base: Register, _ offset: Int16) {
    emit(0x63 | size.rawValue, base, from, offset: offset)
  }
  mutating func store(_ value: Int32, _ size: Size, at base: Register, _ offset: Int16) {
    emit(0x62 | size.rawValue, base, .r0, offset: offset, value)
  }
  /// Network byte order of the low 16 bits.
  mutating func toNetwork16(_ register: Register) { emit(0xDC, register, .r0, 16) }
  mutating func call(_ helper: bpf_func_id) { emit(0x85, .r0, .r0, Int32(helper.rawValue)) }
  mutating func exit() { emit(0x95, .r0, .r0) }

  /// A map's address, by its descriptor.
  mutating func loadMap(_ to: Register, _ descriptor: Int32) {
    var first = bpf_insn()
    (first.code, first.dst_reg, first.src_reg, first.imm) = (0x18, to.rawValue, UInt8(BPF_PSEUDO_MAP_FD), descriptor)
    code += [first, bpf_insn()]
  }

  mutating func jump(to label: String) { jump(0x05, .r0, .r0, 0, label) }
  mutating func jump(if a: Register, _ comparison: Comparison, _ value: Int32, to label: String) {
    jump(0x05 | comparison.rawValue, a, .r0, value, label)
  }
  mutating func jump(if a: Register, _ comparison: Comparison, _ b: Register, to label: String) {
    jump(0x0D | comparison.rawValue, a, b, 0, label)
  }
  private mutating func jump(_ code: UInt8, _ a: Register, _ b: Register, _ value: Int32, _ label: String) {
    jumps.append((self.code.count, label))
    emit(code, a, b, value)
  }

  /// Where jumps to the label go: the next instruction.
  mutating func label(_ name: String) { labels[name] = code.count }

  /// Loads the program; as XDP it may get frames in several buffers.
  func load(_ name: String, as type: bpf_prog_type) throws(TrafficError) -> Descriptor {
    var code = code
    for jump in jumps { code[jump.at].off = Int16(labels[jump.to]! - jump.at - 1) }
    var options = bpf_prog_load_opts()
    options.sz = MemoryLayout.size(ofValue: options)
    if type == BPF_PROG_TYPE_XDP { options.prog_flags = 1 << 5 }  // BPF_F_XDP_HAS_FRAGS
    return try Descriptor(
      bpf_prog_load(type, name, "GPL", code, code.count, &options), "loading the BPF program '\(name)'")
  }
}
