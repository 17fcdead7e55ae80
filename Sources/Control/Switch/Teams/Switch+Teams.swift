import CLinux
import Dataplane
import Ports
import Units

/// Teams of uplinks. They are made at the start, and stay.
extension Switch {
  /// Makes the teams; their members' ports must be there.
  func makeTeams() {
    for team in config.teams {
      let members = team.members.compactMap { name in runtimes.first { $0.name == name } }
      let table = TeamTable(
        mode: team.mode, ports: members.map(\.id.index), gap: team.gap, workers: threads.count)
      let monitor = TeamMonitor(
        team, devices: members.map(\.config.device.name), vlan: members[0].config.vlan, table: table,
        learned: learned, log: log)
      for member in members.indices { table.forgetNetwork(ofMember: member) }
      teamRuntimes.append(TeamRuntime(id: freePort(), config: team, table: table, monitor: monitor))
    }
    followTeamPorts()
    checkTeams()
  }

  /// Tells the teams which ports there are.
  func followTeamPorts() {
    let ports = runtimes.filter { !$0.isUplink }.map {
      TeamMonitor.LocalPort(id: $0.id.index, vlan: VLANPolicy($0.config.vlan).untagged)
    }
    for team in teamRuntimes { team.monitor.setPorts(ports) }
  }

  /// The workers that may serve a port's queue, when a team divides them among its members: the ones of the port's
  /// member, or of any one where all have the same. nil: all.
  func teamWorkers(of port: PortRuntime) -> [WorkerID]? {
    guard !port.isUplink else { return nil }
    for team in teamRuntimes {
      let home = team.monitor.homes()[port.id.index] ?? 0
      guard let member = config.port(named: team.config.members[home]), let processors = member.processors else {
        continue
      }
      return config.workers.indices.filter { processors.contains(config.workers[$0]) }.map { WorkerID(UInt8($0)) }
    }
    return nil
  }

  /// Looks at the members' links; again and again while one is joining.
  func checkTeams() {
    Self.check(teamRuntimes.map(\.monitor))
  }

  /// The same from any thread.
  static func check(_ monitors: [TeamMonitor]) {
    let joining = monitors.filter { $0.check() }
    if joining.isEmpty { return }
    Task {
      try? await Task.sleep(for: .milliseconds(40))
      check(joining)
    }
  }

  public func teams() -> [TeamStatus] { teamRuntimes.map { status(of: $0) } }

  /// Receive queues of the members' devices, added up or the least.
  private func queueCount(of team: TeamRuntime) -> Int {
    let counts = team.config.members.map { name in
      if case .netdev(let device, _) = runtimes.first(where: { $0.name == name })?.device {
        device.queues.count
      } else {
        0
      }
    }
    return team.config.queues == .sum ? counts.reduce(0, +) : counts.min() ?? 0
  }

  private func status(of team: TeamRuntime) -> TeamStatus {
    let now = ml_monotonic_ns()
    let phases = team.monitor.phases()
    let flows = team.table.activeFlows(now: now, within: .seconds(1))
    var affinities: [Int: [String]] = [:]
    for port in runtimes where !port.isUplink {
      affinities[team.table.affinity(ofPort: port.id.index), default: []].append(port.name)
    }
    let members = team.config.members.enumerated().map { member, name in
      var status = TeamStatus.Member(name: name, state: .init(phases[member]))
      if let port = runtimes.first(where: { $0.name == name }) {
        status.frames = port.counters[.transmittedFrames]
        status.bytes = port.counters[.transmittedBytes]
        status.receivedFrames = port.counters[.receivedFrames]
        status.receivedBytes = port.counters[.receivedBytes]
      }
      status.flowletMoves = team.table.flowletMoves(toMember: member)
      status.activeFlows = team.config.mode == .dynamic ? flows[member] : nil
      status.ports = affinities[member, default: []]
      status.processors = config.port(named: name)?.processors ?? []
      let heard = team.table.heard(byMember: member)
      status.sharesNetworkWith = team.config.members.indices.filter { heard & (1 << UInt64($0)) != 0 }
        .map { team.config.members[$0] }
      return status
    }
    return TeamStatus(
      name: team.name, mode: team.config.mode.rawValue,
      queues: team.config.queues.rawValue, queueCount: queueCount(of: team),
      gapMicroseconds: team.config.mode == .dynamic ? Double(team.config.gap.count) / 1000 : nil, members: members)
  }
}

extension TeamStatus.State {
  init(_ phase: MemberLinks.Phase) {
    switch phase {
    case .down: self = .down
    case .joining: self = .joining
    case .live: self = .live
    }
  }
}
