import CLinux
import Foundation
import Logging
import Ports
import Units

/// What the switch changed on the host that does not end with the process, written down before it is done, and undone
/// at a clean stop or at the next start: the MTU of devices that the configuration sets, that they are up, the CPUs of
/// bulk senders, filters in NICs, and tap devices made for VMs.
struct HostJournal {
  struct Change: Codable {
    var netdev: String
    /// The device's index, by which it is found under another name; 0: it was not there.
    var device: UInt32
    var setting: Setting

    /// What the device is called now; nil when it is gone.
    var nameNow: String? { device == 0 ? netdev : NetdevFacts.name(ofIndex: device) }
  }

  /// Nothing that was changed outlives the boot and the network namespace that it was changed in.
  private struct Contents: Codable {
    var place: String
    var changes: [Change]
  }

  /// As it was before.
  enum Setting: Codable {
    case mtu(Int)
    case receiveCPUs(String, queues: Int)
    /// There were no NAPI threads.
    case receiveThreads
    /// Whether the device went by filters, and the switch's own: the queues of each address.
    case filters(wasOn: Bool, [MACAddress: Set<Int>])
    /// Nobody had set it up.
    case down
    /// There was no such device: a tap was made.
    case absent

    enum Kind { case mtu, receiveCPUs, receiveThreads, filters, down, absent }

    /// Nobody else sets it in between.
    var canBeUndoneLater: Bool { [.receiveThreads, .filters, .absent].contains(kind) }

    var kind: Kind {
      switch self {
      case .mtu: .mtu
      case .receiveCPUs: .receiveCPUs
      case .receiveThreads: .receiveThreads
      case .filters: .filters
      case .down: .down
      case .absent: .absent
      }
    }
  }

  private let path: String
  private let place: String
  private(set) var changes: [Change] = []
  /// Two switches with one journal would undo each other's changes.
  private var lock: StateLock?

  /// Throws `ControlError` when another switch has the directory.
  init(directory: String) throws(ControlError) {
    path = directory + "/host-changes.json"
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
    place = "\(boot ?? "")\(namespace ?? "")"
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    lock = try StateLock(directory: directory)
    if let data = FileManager.default.contents(atPath: path),
      let contents = try? JSONDecoder().decode(Contents.self, from: data), contents.place == place
    {
      changes = contents.changes
    }
  }

  /// Lets another switch have the directory.
  mutating func close() { lock = nil }

  /// A setting that was changed before is kept as it was then: false.
  @discardableResult mutating func willChange(_ setting: Setting, of netdev: String) -> Bool {
    let device = setting.kind == .absent ? 0 : if_nametoindex(netdev)
    // What was done to a device that is gone went with it.
    changes.removeAll { $0.netdev == netdev && $0.nameNow == nil }
    if has(setting.kind, of: netdev) { return false }
    changes.append(Change(netdev: netdev, device: device, setting: setting))
    save()
    return true
  }

  func has(_ kind: Setting.Kind, of netdev: String) -> Bool {
    changes.contains { $0.nameNow == netdev && $0.setting.kind == kind }
  }

  /// What a device's MTU was before it was changed; nil: it was not.
  func mtu(of netdev: String) -> Int? {
    for change in changes where change.nameNow == netdev {
      if case .mtu(let mtu) = change.setting { return mtu }
    }
    return nil
  }

  /// What did not come to be needs no undoing.
  mutating func forget(_ kind: Setting.Kind, of netdev: String) {
    changes.removeAll { $0.nameNow == netdev && $0.setting.kind == kind }
    save()
  }

  /// The switch's filters in a device will be these.
  mutating func willHaveFilters(_ filters: [MACAddress: Set<Int>], of netdev: String) {
    for i in changes.indices where changes[i].nameNow == netdev {
      guard case .filters(let wasOn, _) = changes[i].setting else { continue }
      changes[i].setting = .filters(wasOn: wasOn, filters)
    }
    save()
  }

  /// A no-op for settings that were not changed.
  mutating func undo(_ kinds: Setting.Kind..., of netdev: String, log: Logger) {
    undo(log: log) { ($0.nameNow ?? $0.netdev) == netdev && kinds.contains($0.setting.kind) }
  }

  mutating func undo(log: Logger, where isMeant: (Change) -> Bool = { _ in true }) {
    let meant = changes.filter(isMeant)
    if meant.isEmpty { return }
    var kept: [Change] = []
    // A device that is gone needs nothing undone.
    for change in meant.reversed() {
      guard let name = change.nameNow else { continue }
      let isUndone: Bool
      switch change.setting {
      case .mtu(let mtu): isUndone = ml_netdev_set_mtu(name, Int32(mtu)) == 0
      case .receiveCPUs(let mask, let queues): isUndone = ReceiveCPUs.set(mask, of: name, queues: queues)
      case .receiveThreads: isUndone = ReceiveThreads.set(false, of: name)
      case .filters(let wasOn, let filters):
        isUndone = HardwareFilters.undo(netdev: name, wasOn: wasOn, filters)
      case .down: isUndone = ml_netdev_set_down(name) == 0
      case .absent: isUndone = ml_tap_remove(name) != -EBUSY
      }
      if !isUndone && change.setting.canBeUndoneLater { kept.append(change) }
      tell(change.setting, of: name, isUndone, log)
    }
    changes.removeAll(where: isMeant)
    changes += kept
    save()
  }

  private func tell(_ setting: Setting, of name: String, _ isUndone: Bool, _ log: Logger) {
    let what: String
    switch setting {
    case .mtu(let mtu): what = "MTU \(mtu)"
    case .receiveCPUs, .receiveThreads: what = "the CPUs it receives on"
    case .filters: what = "its filters"
    case .down: what = "its administrative state"
    case .absent:
      if !isUndone { log.info("\(name): left to the VM that has it open") }
      return
    }
    if isUndone { log.info("\(name): \(what) restored") } else { log.warning("\(name): \(what) not restored") }
  }

  private func save() {
    if changes.isEmpty {
      try? FileManager.default.removeItem(atPath: path)
      return
    }
    guard let data = try? JSONEncoder().encode(Contents(place: place, changes: changes)) else { return }
    // Without it a setting stays as it was made: worth a try, not a failure.
    _ = FileManager.default.createFile(atPath: path, contents: data)
  }
}
