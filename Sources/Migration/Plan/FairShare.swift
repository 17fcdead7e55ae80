/// Who gets how much of resources that several use at once: the max-min fair share, as TCP flows come near to. Pure.
struct FairShare {
  /// One that uses resources: for each unit of its rate, `weight` units of the resource's capacity.
  struct User {
    /// What it reaches at most, alone.
    var limit: Double
    var uses: [(resource: Int, weight: Double)]
  }

  /// The rate of each user. All rise together until a limit or a resource's capacity holds some; the others rise on.
  static func rates(_ users: [User], capacities: [Double]) -> [Double] {
    var rates = users.map { _ in 0.0 }
    var rising = Set(users.indices)
    var left = capacities
    while !rising.isEmpty {
      var weights = capacities.map { _ in 0.0 }
      for user in rising { for use in users[user].uses { weights[use.resource] += use.weight } }
      var step = rising.lazy.map { users[$0].limit - rates[$0] }.min() ?? 0
      for resource in left.indices where weights[resource] > 0 { step = min(step, left[resource] / weights[resource]) }
      for resource in left.indices { left[resource] -= step * weights[resource] }
      for user in rising { rates[user] += step }
      let full = Set(
        left.indices.filter { weights[$0] > 0 && left[$0].isFinite && left[$0] <= capacities[$0] * 1e-9 })
      let held = rising.filter { user in
        rates[user] >= users[user].limit * (1 - 1e-9) || users[user].uses.contains { full.contains($0.resource) }
      }
      rising.subtract(held)
      if held.isEmpty { break }
    }
    return rates
  }
}
