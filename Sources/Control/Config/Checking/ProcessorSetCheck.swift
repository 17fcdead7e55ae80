/// The processor sets of a team's members: what Hyper-V's switch tells of in its event 106.
extension SwitchConfig {
  func processorFaults() -> [ConfigError] {
    var faults: [ConfigError] = []
    let cpus = workerCPUs
    for uplink in allPorts {
      guard let processors = uplink.processors else { continue }
      if team(of: uplink.name) == nil {
        faults.append(
          uplink.fault(
            "processors", "processors: it is a member of no team", fix: "remove processors: all workers serve it"))
      }
      if let cpu = processors.first(where: { !cpus.contains($0) }) {
        let list = cpus.map(String.init).joined(separator: ", ")
        faults.append(uplink.fault("processors", "processors: CPU \(cpu) has no worker", fix: "write CPUs of \(list)"))
      }
    }
    if !faults.isEmpty { return faults }
    let divided = teams.filter { team in team.members.contains { port(named: $0)?.processors != nil } }
    for team in divided.dropFirst() {
      faults.append(
        team.fault(
          "members", "team \(divided[0].name) has processors already", fix: "write processors for one team's members"))
    }
    return faults + divided.flatMap(setFaults)
  }

  /// CPUs with a worker, in the order of the workers.
  private var workerCPUs: [Int] {
    var seen: Set<Int> = []
    return workers.filter { seen.insert($0).inserted }
  }

  private func setFaults(_ team: TeamConfig) -> [ConfigError] {
    let members = team.members.compactMap { port(named: $0) }
    let sets = members.map { Set($0.processors ?? workerCPUs) }
    switch team.queues {
    case .min:
      if sets.allSatisfy({ $0 == sets[0] }) { return [] }
      return [
        team.fault(
          "queues", "the processor sets of its members are not identical, which min-queues needs",
          fix: "write the same for each, e.g. processors: \(workerCPUs)")
      ]
    case .sum:
      for (i, a) in members.enumerated() {
        for (j, b) in members.enumerated().dropFirst(i + 1) {
          guard let cpu = sets[i].intersection(sets[j]).min() else { continue }
          return [
            team.fault(
              "queues",
              "the processor sets of its members overlap, which sum-queues forbids: CPU \(cpu) is in those of "
                + "\(a.name) and \(b.name)", fix: disjoint(members.map(\.name)))
          ]
        }
      }
      return []
    }
  }

  /// Sets that would be right.
  private func disjoint(_ members: [String]) -> String {
    let cpus = workerCPUs
    guard cpus.count >= members.count else {
      return "\(members.count) members need workers on \(members.count) CPUs or more: add them, or write queues: min"
    }
    let sets = members.enumerated().map { place, name in
      "\(name): processors: \(Array(cpus[cpus.count * place / members.count..<cpus.count * (place + 1) / members.count]))"
    }
    return "write e.g. \(sets.joined(separator: ", "))"
  }
}
