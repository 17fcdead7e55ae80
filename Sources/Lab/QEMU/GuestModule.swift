import Glibc

/// A module of a guest's kernel, not compressed.
package struct GuestModule: Sendable, Equatable {
  package var name: String
  package var contents: [UInt8]

  /// The modules whose symbols it uses (modinfo(8): `depends`).
  var needed: [String] {
    let field = "depends="
    let entry = contents.split(separator: 0).first { $0.starts(with: field.utf8) }
    let names = String(decoding: entry?.dropFirst(field.utf8.count) ?? [], as: UTF8.self)
    return names.split(separator: ",").map(String.init)
  }
}

extension GuestKernel {
  /// What the guest's NIC needs, in the order in which it is loaded; a kernel that has it built in needs nothing. Throws
  /// when a module is neither there, as it is or compressed by xz(1), nor built in.
  package func modules() async throws(LabError) -> [GuestModule] {
    let (files, builtIn) = (listed(in: "modules.order"), listed(in: "modules.builtin"))
    var loaded: [GuestModule] = []
    for name in ["virtio_pci", "virtio_net"] where builtIn[name] == nil {
      try await load(name, of: files, into: &loaded)
    }
    return loaded
  }

  /// Behind the modules that it needs. Those are never built in: `depends` does not name such.
  private func load(
    _ name: String, of files: [String: String], into loaded: inout [GuestModule]
  ) async throws(LabError) {
    if loaded.contains(where: { $0.name == name }) { return }
    let module = GuestModule(name: name, contents: try await contents(of: name, files))
    for needed in module.needed { try await load(needed, of: files, into: &loaded) }
    loaded.append(module)
  }

  private func contents(of name: String, _ files: [String: String]) async throws(LabError) -> [UInt8] {
    if let file = files[name].map({ "\(modulesDirectory)/\($0)" }) {
      if let contents = File.bytes(of: file) { return contents }
      let packed = "\(file).xz"
      if access(packed, R_OK) == 0 { return try await Program.bytes(["xz", "--decompress", "--stdout", packed]) }
    }
    throw LabError(
      "\(path): the guest's NIC needs the module \(name), which is neither in \(modulesDirectory), as .ko or .ko.xz, nor "
        + "built in; name another kernel with --kernel")
  }

  /// The files of modules by the modules' names, of a list with lines as `kernel/drivers/net/virtio_net.ko`
  /// (kernel: Documentation/kbuild/kbuild.rst).
  private func listed(in list: String) -> [String: String] {
    let files = (File.text(of: "\(modulesDirectory)/\(list)") ?? "").split(whereSeparator: \.isNewline)
    return Dictionary(files.map { (Self.moduleName($0), String($0)) }) { first, _ in first }
  }

  private static func moduleName(_ file: Substring) -> String {
    let name = (file.split(separator: "/").last ?? "").prefix { $0 != "." }
    return String(name.map { $0 == "-" ? "_" : $0 })
  }
}
