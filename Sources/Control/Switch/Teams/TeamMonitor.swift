import CLinux
import Dataplane
import Logging
import Synchronization
import Units

/// Watches the links of a team and tells its workers what to use. It may be asked from any thread: a link event is acted
/// on by the thread that hears of it, however busy the switch's actor is.
final class TeamMonitor: Sendable {
  /// What a team must know of its local ports.
  struct LocalPort: Sendable, Equatable {
    var id: UInt16
    /// The VLAN of its untagged frames.
    var vlan: UInt16
  }

  private struct State {
    var links: MemberLinks
    var devices: [MemberDevice]
    var plan: AffinityPlan
    var places: [UInt16: Int] = [:]
    var ports: [LocalPort] = []
    var isStopped = false
    var beacons = 0
  }

  let table: TeamTable
  private let name: String
  private let memberNames: [String]
  private let vlan: PortConfig.VLAN
  private let learned: FDB
  private let log: Logger
  private let state: Mutex<State>

  init(_ config: TeamConfig, devices: [String], vlan: PortConfig.VLAN, table: TeamTable, learned: FDB, log: Logger) {
    self.table = table
    self.vlan = vlan
    self.learned = learned
    self.log = log
    name = config.name
    memberNames = config.members
    state = Mutex(
      State(
        links: MemberLinks(members: devices.count), devices: devices.map { MemberDevice(name: $0) },
        plan: AffinityPlan(members: devices.count, mode: config.mode)))
  }

  /// Takes notice of the ports there are.
  func setPorts(_ ports: [LocalPort]) {
    state.withLock { state in
      state.ports = ports
      state.plan.assign(ports.map(\.id))
      move(&state)
    }
  }

  /// Looks at the links and acts on what changed; true when time alone will change something: look again soon.
  @discardableResult func check() -> Bool {
    state.withLock { state in
      if state.isStopped { return false }
      let changes = state.links.update(isUp: state.devices.map(\.isUp), now: Nanoseconds(ml_monotonic_ns()))
      for (member, change) in changes { follow(member, change, &state) }
      if state.links.live != table.live {
        table.live = state.links.live
        if table.live == 0 { log.warning("team \(name): no member is live") }
        move(&state)
      }
      if state.links.isWaiting { sendBeacons(&state) }
      return state.links.isWaiting
    }
  }

  /// Called once a second. Cables and VLANs of physical switches change without a link's knowing: who was not heard for
  /// ten beacons is on another network.
  func sendBeacons() {
    state.withLock { state in
      sendBeacons(&state)
      state.beacons += 1
      if state.beacons % 10 == 0 && !state.links.isWaiting { table.renewNetworks() }
    }
  }

  func stop() {
    state.withLock { state in
      state.isStopped = true
      for member in state.devices.indices { state.devices[member].close() }
    }
  }

  private func follow(_ member: Int, _ change: MemberLinks.Change, _ state: inout State) {
    switch change {
    case .down:
      table.forgetNetwork(ofMember: member)
      log.warning("team \(name): \(memberNames[member]) is down")
    case .up:
      if let address = state.devices[member].address { table.setAddress(address.value, ofMember: member) }
      table.forgetNetwork(ofMember: member)
      log.notice("team \(name): \(memberNames[member]) is up")
    case .probed: table.fixNetwork(ofMember: member)
    case .live: log.notice("team \(name): \(memberNames[member]) is in use")
    }
  }

  /// How long physical switches may send a port's frames where its addresses were.
  private static let moving = Nanoseconds.milliseconds(100)

  /// Puts ports where they should be now, and makes the physical switches learn their addresses there.
  private func move(_ state: inout State) {
    let places = state.plan.places(live: table.live)
    let moved = places.filter { state.places[$0.key] != $0.value }
    state.places = places
    if moved.isEmpty { return }
    table.acceptAnywhere(until: ml_monotonic_ns() + Self.moving.count)
    for (port, member) in moved { table.setAffinity(member, ofPort: port) }
    var frames: [Int: [[UInt8]]] = [:]
    for entry in learned.entries() {
      guard let member = moved[entry.port.index], case .some(let tag) = tag(entry.vlan) else { continue }
      frames[member, default: []].append(TeamFrames.learning(entry.address, tag: tag))
    }
    for (member, frames) in frames { state.devices[member].send(frames) }
  }

  private func sendBeacons(_ state: inout State) {
    // Each VLAN may be a network of its own; the first ones tell enough.
    let tags = Set(state.ports.map(\.vlan)).sorted().prefix(Self.mostBeacons).compactMap { self.tag($0) }
    let phases = state.links.phases
    for member in state.devices.indices where phases[member] != .down {
      guard let address = state.devices[member].address else { continue }
      state.devices[member].send((tags.isEmpty ? [nil] : tags).map { TeamFrames.beacon(from: address, tag: $0) })
    }
  }

  private static let mostBeacons = 8

  /// How members send frames of a VLAN: with a tag, without (`.some(nil)`), or not at all.
  private func tag(_ vlan: UInt16) -> UInt16?? {
    switch self.vlan {
    case .untagged: return vlan == 0 ? .some(nil) : nil
    case .access(let own): return vlan == own ? .some(nil) : nil
    case .trunk(let tagged, let native):
      if vlan == native { return .some(nil) }
      return tagged.contains(vlan) ? .some(vlan) : nil
    }
  }

  func phases() -> [MemberLinks.Phase] { state.withLock { $0.links.phases } }
  func homes() -> [UInt16: Int] { state.withLock { $0.plan.homes } }
}
