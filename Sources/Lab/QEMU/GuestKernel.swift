import Foundation

/// A Linux kernel as Debian packs it, with the modules that a guest's NIC needs.
public struct GuestKernel: Sendable, Equatable {
  /// `…/boot/vmlinuz-VERSION`.
  public let path: String
  /// `…/lib/modules/VERSION`.
  let modulesDirectory: String

  /// Where kernels are looked for: installed, and unpacked without being installed.
  static let places = ["", "/var/cache/millrace/guest"]

  /// A kernel by its file; its modules are in `lib/modules/VERSION` beside `boot`, or in `usr/lib`, where packages have
  /// them that are not installed. Throws when it is not there.
  public init(path: String) throws(LabError) {
    let directories = path.range(of: "/boot/vmlinuz-", options: .backwards).map { boot in
      ["lib", "usr/lib"].map { "\(path[..<boot.lowerBound])/\($0)/modules/\(path[boot.upperBound...])" }
    }
    guard access(path, R_OK) == 0, let modules = directories?.first(where: { access("\($0)/kernel", R_OK) == 0 }) else {
      throw LabError("\(path): no kernel with its modules; write …/boot/vmlinuz-VERSION beside …/lib/modules/VERSION")
    }
    (self.path, modulesDirectory) = (path, modules)
  }

  /// The one of a file, or the one that is found. Throws when there is none.
  public init(named path: String?) throws(LabError) {
    if let path { try self.init(path: path) } else { self = try Self.find() }
  }

  /// The newest that is found, one for clouds (virtio, few drivers) first. Throws with what to do when there is none.
  public static func find() throws(LabError) -> GuestKernel {
    let found = places.flatMap { place in
      File.names(in: "\(place)/boot").filter { $0.hasPrefix("vmlinuz-") }
        .sorted { $0.compare($1, options: .numeric) == .orderedAscending }.map { "\(place)/boot/\($0)" }
    }
    let isForClouds = { (path: String) in path.contains("-cloud-") }
    for path in found.filter(isForClouds).reversed() + found.filter({ !isForClouds($0) }).reversed() {
      if let kernel = try? GuestKernel(path: path) { return kernel }
    }
    throw LabError(
      "there is no kernel for a guest in /boot or \(places[1])/boot; run Scripts/guest, which unpacks Debian's there, or "
        + "name one with --kernel")
  }
}
