import Units

/// Migrations among any number of hosts, and what limits them. Pure: simulated from the costs.
public struct ClusterPlan: Sendable {
  public struct Host: Hashable, Sendable {
    /// What its paths carry in each direction, frames without FCS; nil: not limited.
    public var link: BitRate?
    /// CPUs, of the kind that the costs were measured on.
    public var cores: Int

    public init(link: BitRate?, cores: Int) {
      self.link = link
      self.cores = cores
    }
  }

  public struct Move: Hashable, Sendable {
    public var profile: VMProfile
    /// Numbers of hosts.
    public var source: Int
    public var target: Int

    public init(_ profile: VMProfile, from source: Int, to target: Int) {
      self.profile = profile
      self.source = source
      self.target = target
    }
  }

  public var hosts: [Host]
  /// In the order in which they are begun, as far as there is room.
  public var moves: [Move]
  /// At a time, of each host as source and as target.
  public var simultaneous: Int
  public var rule: ConvergenceRule
  public var transport: TransportOptions
  public var mtu: Int
  public var costs: MigrationCosts

  public init(
    hosts: [Host], moves: [Move], simultaneous: Int, rule: ConvergenceRule = .init(), transport: TransportOptions,
    mtu: Int = 1500, costs: MigrationCosts
  ) {
    self.hosts = hosts
    self.moves = moves
    self.simultaneous = simultaneous
    self.rule = rule
    self.transport = transport
    self.mtu = mtu
    self.costs = costs
  }

  /// Each host sends, receives and computes: three resources.
  private func resource(_ kind: Int, of host: Int) -> Int { host * 3 + kind }

  /// In bytes of frames a second, and in parts of what the measured host could move.
  private var capacities: [Double] {
    hosts.flatMap { host in
      let link = host.link.map { Double($0.bitsPerSecond) / 8 } ?? .infinity
      return [link, link, Double(host.cores) / Double(costs.cores)]
    }
  }

  /// The level that moves the most memory over a link, alone.
  private func pages(_ move: Move) -> MigrationCosts.Pages {
    let known = max(1e-9, 1 - move.profile.zeroShare - move.profile.duplicateShare)
    let part = min(1, move.profile.compressibleShare / known)
    let link = min(bytes(hosts[move.source].link), bytes(hosts[move.target].link))
    func rate(_ pages: MigrationCosts.Pages) -> Double { min(pages.bytesPerSecond, link / frames / pages.ratio) }
    return levels.map { $0.mixed(compressible: part) }.max { rate($0) < rate($1) }
      ?? .init(
        bytesPerSecond: 1, ratio: 1, cpuSecondsPerByte: 0)
  }

  private var levels: [MigrationCosts.Level] {
    let allowed: [CompressionLevel] =
      switch transport.compression {
      case .off: [.none]
      case .automatic: CompressionLevel.allCases
      case .always(let level): [level]
      }
    return allowed.compactMap { costs.levels["\($0)"] }
  }

  private var frames: Double { MigrationCosts.frameBytesPerByte(mtu: mtu) }
  private func bytes(_ rate: BitRate?) -> Double { rate.map { Double($0.bitsPerSecond) / 8 } ?? .infinity }

  private func user(_ move: Move, _ pages: MigrationCosts.Pages) -> FairShare.User {
    let payload = frames * pages.ratio
    // What one connection is held to, several are not.
    let several = transport.connections > 1 ? costs.togetherBytesPerSecond : 0
    let limit = min(max(pages.bytesPerSecond, pages.ratio < 1 ? 0 : several), bytes(transport.bandwidth) / pages.ratio)
    let work = 1 / max(pages.bytesPerSecond, costs.togetherBytesPerSecond)
    return FairShare.User(
      limit: limit,
      uses: [
        (resource(0, of: move.source), payload), (resource(1, of: move.target), payload),
        (resource(2, of: move.source), work), (resource(2, of: move.target), work),
      ])
  }

  /// Carries the plan out in thought.
  public func prediction() -> PlanPrediction {
    var now = 0.0
    var waiting = Array(moves.indices)
    var under: [(index: Int, vm: PlannedVM, user: FairShare.User)] = []
    var ended: [PlanPrediction.VM?] = moves.map { _ in nil }
    var load = hosts.map { _ in (sending: 0, receiving: 0) }
    let capacities = capacities
    while !waiting.isEmpty || !under.isEmpty {
      waiting.removeAll { index in
        let move = moves[index]
        guard load[move.source].sending < simultaneous, load[move.target].receiving < simultaneous else { return false }
        load[move.source].sending += 1
        load[move.target].receiving += 1
        let pages = pages(move)
        under.append(
          (index, PlannedVM(move.profile, rule: rule, costs: costs, pages: pages, start: now), user(move, pages)))
        return true
      }
      let rates = FairShare.rates(
        under.map { $0.vm.waiting > 0 || $0.vm.left <= 0 ? .init(limit: $0.user.limit, uses: []) : $0.user },
        capacities: capacities)
      // The next to be through with its zeros, its round, or all.
      let step =
        under.indices.map { place in
          let vm = under[place].vm
          return vm.waiting > 0 ? vm.waiting : vm.timeLeft(rate: rates[place])
        }.min() ?? 0
      now += step
      for place in under.indices {
        under[place].vm.advance(step, rate: rates[place])
        if under[place].vm.waiting <= 1e-12, under[place].vm.left <= 1 { under[place].vm.endRound(at: now) }
      }
      under.removeAll { index, vm, _ in
        guard let end = vm.end else { return false }
        load[moves[index].source].sending -= 1
        load[moves[index].target].receiving -= 1
        ended[index] = PlanPrediction.VM(vm, moves[index], end: end)
        return true
      }
    }
    return PlanPrediction(ended.compactMap { $0 }, seconds: now, self)
  }

  /// The part of the busiest host's link and CPUs that is used over the whole time.
  func use(_ vms: [PlanPrediction.VM], seconds: Double) -> (link: Double?, cpu: Double) {
    let sums = Dictionary(grouping: vms, by: \.source).map { host, vms in
      (
        link: vms.reduce(0) { $0 + $1.bytes } * frames / bytes(hosts[host].link),
        cpu: vms.reduce(0) { $0 + $1.cpuSeconds } / Double(hosts[host].cores)
      )
    }
    guard seconds > 0 else { return (nil, 0) }
    let isLimited = hosts.contains { $0.link != nil }
    let (link, cpu) = (sums.map { $0.link }.max() ?? 0, sums.map { $0.cpu }.max() ?? 0)
    return (isLimited ? link / seconds : nil, cpu / seconds)
  }
}
