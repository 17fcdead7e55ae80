import Foundation
import Lab
import Testing

@Suite("A guest's kernel and the modules of its NIC") struct GuestKernelTests {
  /// A kernel in a directory of its own: modules by their files below `kernel`, each with the names of those it needs.
  private func withKernel(
    _ modules: [String: String], builtIn: [String] = [], in lib: String = "lib",
    _ body: (GuestKernel, _ modules: String) async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "millrace-kernel-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    let directory = "\(root)/\(lib)/modules/6.12.1-cloud-amd64"
    func write(_ text: String, to path: String) throws {
      try FileManager.default.createDirectory(
        atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: path))
    }
    try write("", to: "\(root)/boot/vmlinuz-6.12.1-cloud-amd64")
    for (file, needed) in modules {
      try write("\u{7F}ELF\0license=GPL\0depends=\(needed)\0name=\(file)\0", to: "\(directory)/kernel/\(file)")
    }
    try write(modules.keys.map { "kernel/\($0)\n" }.joined(), to: "\(directory)/modules.order")
    try write(builtIn.map { "kernel/\($0)\n" }.joined(), to: "\(directory)/modules.builtin")
    try await body(try GuestKernel(path: "\(root)/boot/vmlinuz-6.12.1-cloud-amd64"), "\(directory)/kernel")
  }

  private let network = [
    "drivers/net/virtio_net.ko": "net_failover,dimlib", "drivers/net/net_failover.ko": "failover",
    "net/core/failover.ko": "", "lib/dim/dimlib.ko": "", "fs/fat/fat.ko": "",
  ]

  @Test(arguments: ["lib", "usr/lib"])
  func whatAModuleNeedsIsLoadedBeforeIt(lib: String) async throws {
    try await withKernel(network, builtIn: ["drivers/virtio/virtio-pci.ko"], in: lib) { kernel, _ in
      let modules = try await kernel.modules()
      #expect(modules.map(\.name) == ["failover", "net_failover", "dimlib", "virtio_net"])
    }
  }

  @Test func aKernelWithAllBuiltInNeedsNoModule() async throws {
    let builtIn = ["drivers/virtio/virtio_pci.ko", "drivers/net/virtio_net.ko"]
    try await withKernel(["fs/fat/fat.ko": ""], builtIn: builtIn) { kernel, _ in
      let modules = try await kernel.modules()
      #expect(modules == [])
    }
  }

  @Test func aModuleThatIsNowhereIsNamed() async throws {
    try await withKernel(network) { kernel, _ in
      let error = await #expect(throws: LabError.self) { try await kernel.modules() }
      #expect(error?.description.contains("needs the module virtio_pci, which is neither in") == true)
    }
  }

  @Test(.enabled(if: access("/usr/bin/xz", X_OK) == 0, "needs xz-utils"))
  func compressedModulesAreUnpacked() async throws {
    try await withKernel(network, builtIn: ["drivers/virtio/virtio_pci.ko"]) { kernel, modules in
      let plain = try await kernel.modules()
      for file in network.keys { try await Program.run(["xz", "\(modules)/\(file)"]) }
      #expect(!FileManager.default.fileExists(atPath: "\(modules)/drivers/net/virtio_net.ko"))
      #expect(try await kernel.modules() == plain)
    }
  }
}
