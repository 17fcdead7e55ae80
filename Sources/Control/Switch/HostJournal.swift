import CLinux
import Foundation
import Logging
import Ports
import Units

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
    /// There were no NAPI threads.
    case receiveThreads
    /// Whether the device of this index went by filters, and the switch's own: the queue of each address.
    case filters(ofDevice: UInt32, wasOn: Bool, [MACAddress: Int])
    /// There was no such device: a tap was made.
    case absent

    enum Kind { case mtu, receiveCPUs, receiveThreads, filters, absent }

    var kind: Kind {
      switch self {
      case .mtu: .mtu
      case .receiveCPUs: .receiveCPUs
      case .receiveThreads: .receiveThreads
      case .filters: .filters
      case .absent: .absent
      }
    }
  }

  private let path: String
  private(set) var changes: [Change] = []
  /// Two switches with one journal would undo each other's changes.
  private var lock: StateLock?

  /// Throws `ControlError` when another switch has the directory.
  init(directory: String) throws(ControlError) {
    path = directory + "/host-changes.json"
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    lock = try StateLock(directory: directory)
    if let data = FileManager.default.contents(atPath: path) {
      changes = (try? JSONDecoder().decode([Change].self, from: data)) ?? []
    }
  }

  /// Lets another switch have the directory.
  mutating func close() { lock = nil }

  /// A setting that was changed before is kept as it was then: false.
  @discardableResult mutating func willChange(_ setting: Setting, of netdev: String) -> Bool {
    guard !changes.contains(where: { $0.netdev == netdev && $0.setting.kind == setting.kind }) else { return false }
    changes.append(Change(netdev: netdev, setting: setting))
    save()
    return true
  }

  /// What did not come to be needs no undoing.
  mutating func forget(_ kind: Setting.Kind, of netdev: String) {
    changes.removeAll { $0.netdev == netdev && $0.setting.kind == kind }
    save()
  }

  /// The switch's filters in a device will be these.
  mutating func willHaveFilters(_ filters: [MACAddress: Int], of netdev: String) {
    for i in changes.indices where changes[i].netdev == netdev {
      guard case .filters(let device, let wasOn, _) = changes[i].setting else { continue }
      changes[i].setting = .filters(ofDevice: device, wasOn: wasOn, filters)
    }
    save()
  }

  /// A no-op for settings that were not changed.
  mutating func undo(_ kinds: Setting.Kind..., of netdev: String, log: Logger) {
    undo(log: log) { $0.netdev == netdev && kinds.contains($0.setting.kind) }
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
      case .receiveThreads:
        _ = ReceiveThreads.set(false, of: change.netdev)
        log.info("\(change.netdev): the CPUs it receives on restored")
      case .filters(let device, let wasOn, let filters):
        // Under its name of now.
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(device, &name) != nil else { break }
        let current = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        HardwareFilters.undo(netdev: current, wasOn: wasOn, filters)
        if !filters.isEmpty { log.info("\(change.netdev): the switch's filters removed") }
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
