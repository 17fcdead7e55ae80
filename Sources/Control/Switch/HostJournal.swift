import CLinux
import Foundation
import Logging

/// What the switch changed on the host that does not end with the process, written down before it is done, and undone
/// at a clean stop or at the next start: the MTU of devices that the configuration sets.
struct HostJournal {
  struct Change: Codable {
    var netdev: String
    var mtu: Int
  }

  private let path: String
  private(set) var changes: [Change] = []

  init(directory: String) {
    path = directory + "/host-changes.json"
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    if let data = FileManager.default.contents(atPath: path) {
      changes = (try? JSONDecoder().decode([Change].self, from: data)) ?? []
    }
  }

  mutating func willSetMTU(of netdev: String, from mtu: Int) {
    guard !changes.contains(where: { $0.netdev == netdev }) else { return }
    changes.append(Change(netdev: netdev, mtu: mtu))
    save()
  }

  mutating func undo(log: Logger) {
    for change in changes {
      // A device that is gone needs nothing undone.
      _ = ml_netdev_set_mtu(change.netdev, Int32(change.mtu))
      log.info("\(change.netdev): MTU \(change.mtu) restored")
    }
    if changes.isEmpty { return }
    changes = []
    try? FileManager.default.removeItem(atPath: path)
  }

  private func save() {
    guard let data = try? JSONEncoder().encode(changes) else { return }
    // Without it the MTU stays as the configuration says: worth a try, not a failure.
    _ = FileManager.default.createFile(atPath: path, contents: data)
  }
}
