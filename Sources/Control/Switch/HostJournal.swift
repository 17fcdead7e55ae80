import CLinux
import Foundation
import Logging
import Ports

/// What the switch changed on the host that does not end with the process, written down before it is done, and undone
/// at a clean stop or at the next start: the MTU of devices that the configuration sets, the CPUs of bulk senders,
/// filters in NICs, and tap devices made for VMs.
struct HostJournal {
  struct Change: Codable {
    var netdev: String
    var setting: Setting
  }

  /// As it was before.
  enum Setting: Codable {
    case mtu(Int)
    case receiveCPUs(String, queues: Int)
    /// Whether the device went by filters, and where the switch's own are now.
    case filters(wasOn: Bool, places: [UInt32])
    /// There was no such device: a tap was made.
    case absent

    enum Kind { case mtu, receiveCPUs, filters, absent }

    var kind: Kind {
      switch self {
      case .mtu: .mtu
      case .receiveCPUs: .receiveCPUs
      case .filters: .filters
      case .absent: .absent
      }
    }
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

  /// A setting that was changed before is kept as it was then; of filters, those that are there now.
  mutating func willChange(_ setting: Setting, of netdev: String) {
    if let known = changes.firstIndex(where: { $0.netdev == netdev && $0.setting.kind == setting.kind }) {
      guard setting.kind == .filters else { return }
      changes[known].setting = setting
    } else {
      changes.append(Change(netdev: netdev, setting: setting))
    }
    save()
  }

  mutating func undo(log: Logger, where isMeant: (Change) -> Bool = { _ in true }) {
    let meant = changes.filter(isMeant)
    if meant.isEmpty { return }
    var kept: [Change] = []
    // A device that is gone needs nothing undone.
    for change in meant {
      switch change.setting {
      case .mtu(let mtu):
        _ = ml_netdev_set_mtu(change.netdev, Int32(mtu))
        log.info("\(change.netdev): MTU \(mtu) restored")
      case .receiveCPUs(let mask, let queues):
        _ = ReceiveCPUs.set(mask, of: change.netdev, queues: queues)
        log.info("\(change.netdev): the CPUs it receives on restored")
      case .filters(let wasOn, let places):
        HardwareFilters.undo(netdev: change.netdev, wasOn: wasOn, places: places)
        log.info("\(change.netdev): the switch's filters removed")
      case .absent:
        if ml_tap_remove(change.netdev) == -EBUSY {
          log.info("\(change.netdev): left to the VM that has it open")
          kept.append(change)
        }
      }
    }
    changes.removeAll(where: isMeant)
    changes += kept
    save()
  }

  private func save() {
    if changes.isEmpty {
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    guard let data = try? JSONEncoder().encode(changes) else { return }
    // Without it a setting stays as it was made: worth a try, not a failure.
    _ = FileManager.default.createFile(atPath: path, contents: data)
  }
}
