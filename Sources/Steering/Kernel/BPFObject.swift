import CMillraceABI
import CMillraceBPF
import CXDP
import Glibc

/// The embedded BPF object, opened; loaded or not. Closing it drops its programs and maps unless something holds them.
final class BPFObject: Sendable {
  private nonisolated(unsafe) let object: OpaquePointer

  private init(_ object: OpaquePointer) { self.object = object }

  deinit { bpf_object__close(object) }

  /// Whether this kernel describes its own structures, so that programs can ask it about frames.
  static var kernelHasBTF: Bool { access("/sys/kernel/btf/vmlinux", R_OK) == 0 }

  /// - Parameter asksKernel: the object whose programs ask; false: the one that loads without BTF.
  static func open(place: String, asksKernel: Bool) throws(SteeringError) -> BPFObject {
    try open(place: place, asksKernel ? millrace_bpf_object : millrace_bpf_plain_object)
  }

  /// The object that tells whether packets are in order, loaded.
  static func loadOrder() throws(SteeringError) -> BPFObject {
    let opened = try open(place: "order", millrace_bpf_order_object)
    return try LibbpfLog.capturing { said throws(SteeringError) in
      let result = bpf_object__load(opened.object)
      if result < 0 {
        throw SteeringError(place: "order", operation: "load the BPF program", errno: result, detail: said())
      }
      return opened
    }
  }

  private static func open(place: String, _ embedded: millrace_bpf_object) throws(SteeringError) -> BPFObject {
    try LibbpfLog.capturing { said throws(SteeringError) in
      guard let object = bpf_object__open_mem(embedded.bytes, embedded.size, nil) else {
        throw SteeringError(place: place, operation: "open the BPF object", errno: Glibc.errno, detail: said())
      }
      return BPFObject(object)
    }
  }

  /// Loads one program of the object, with maps taken over from elsewhere by name.
  static func load(
    program: String, place: String, constants: mr_constants, reusing maps: [BPFMap], sockets: Int,
    asksKernel: Bool
  ) throws(SteeringError) -> BPFObject {
    let opened = try open(place: place, asksKernel: asksKernel)
    let object = opened.object
    return try LibbpfLog.capturing { said throws(SteeringError) in
      func check(_ result: Int32, _ operation: String) throws(SteeringError) {
        if result < 0 { throw SteeringError(place: place, operation: operation, errno: result, detail: said()) }
      }
      var each = bpf_object__next_program(object, nil)
      while let candidate = each {
        try check(
          bpf_program__set_autoload(candidate, String(cString: bpf_program__name(candidate)) == program),
          "choose the program")
        each = bpf_object__next_program(object, candidate)
      }
      for map in maps {
        try check(bpf_map__reuse_fd(opened.definition(map.name), map.descriptor), "share map \(map.name)")
      }
      for name in ["xsks", "given"] where !maps.contains(where: { $0.name == name }) {
        try check(bpf_map__set_max_entries(opened.definition(name), UInt32(sockets)), "size map \(name)")
      }
      var constants = constants
      try check(
        bpf_map__set_initial_value(opened.definition(".rodata"), &constants, MemoryLayout<mr_constants>.size),
        "set the program's constants")
      try check(bpf_object__load(object), "load the BPF program")
      return opened
    }
  }

  /// The map's definition in the object. The name is one of ours.
  func definition(_ name: String) -> OpaquePointer {
    guard let map = bpf_object__find_map_by_name(object, name) else {
      preconditionFailure("the BPF object has no map \(name): rebuild it with Scripts/bpf")
    }
    return map
  }

  /// The map, once the object is loaded.
  func map(_ name: String) -> BPFMap { BPFMap(descriptor: bpf_map__fd(definition(name)), name: name) }

  /// The program's descriptor, once the object is loaded. Valid as long as this object.
  func programDescriptor(_ name: String) -> Int32 { bpf_program__fd(bpf_object__find_program_by_name(object, name)) }
}
