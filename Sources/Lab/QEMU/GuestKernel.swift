import Foundation

/// A Linux kernel as Debian packs it, with the modules that a guest's NIC needs.
public struct GuestKernel: Sendable, Equatable {
  /// `…/boot/vmlinuz-VERSION`.
  public let path: String

  /// Where kernels are looked for: installed, and unpacked without being installed.
  static let places = ["", "/var/cache/millrace/guest"]

  /// A kernel by its file; its modules are in `lib/modules/VERSION` beside `boot`. Throws when it is not there.
  public init(path: String) throws(LabError) {
    self.path = path
    guard access(path, R_OK) == 0, modules != nil else {
      throw LabError("\(path): no kernel with its modules; write …/boot/vmlinuz-VERSION beside …/lib/modules/VERSION")
    }
  }

  /// The one of a file, or the one that is found. Throws when there is none.
  public init(named path: String?) throws(LabError) {
    if let path { try self.init(path: path) } else { self = try Self.find() }
  }

  /// The newest that is found, one for clouds (virtio, few drivers) first. Throws with what to do when there is none.
  public static func find() throws(LabError) -> GuestKernel {
    let found = places.flatMap { place in
      File.names(in: "\(place)/boot").filter { $0.hasPrefix("vmlinuz-") }.map { "\(place)/boot/\($0)" }
    }
    let isForClouds = { (path: String) in path.contains("-cloud-") }
    for path in found.filter(isForClouds).reversed() + found.filter({ !isForClouds($0) }).reversed() {
      if let kernel = try? GuestKernel(path: path) { return kernel }
    }
    throw LabError(
      "there is no kernel for a guest in /boot or \(places[1])/boot; run Scripts/guest, which unpacks Debian's there, or "
        + "name one with --kernel")
  }

  /// What virtio_net needs, in the order in which it is loaded. A kernel that has one built in has no file of it.
  private static let needed = [
    "net/core/failover", "drivers/net/net_failover", "drivers/virtio/virtio_ring", "drivers/virtio/virtio",
    "drivers/virtio/virtio_pci_modern_dev", "drivers/virtio/virtio_pci_legacy_dev", "drivers/virtio/virtio_pci",
    "drivers/net/virtio_net",
  ]

  /// The files of the modules there are; nil when the directory is not there.
  var modules: [(name: String, file: String)]? {
    guard let slash = path.range(of: "/boot/vmlinuz-", options: .backwards) else { return nil }
    let directory = "\(path[..<slash.lowerBound])/lib/modules/\(path[slash.upperBound...])/kernel"
    guard access(directory, R_OK) == 0 else { return nil }
    return Self.needed.compactMap { module in
      let file = "\(directory)/\(module).ko"
      return access(file, R_OK) == 0
        ? (name: module.split(separator: "/").last.map(String.init) ?? "", file: file) : nil
    }
  }
}
