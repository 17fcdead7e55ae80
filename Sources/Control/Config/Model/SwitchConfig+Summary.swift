extension SwitchConfig {
  /// `4 workers on CPUs 2, 3, 4, 5; steering vmq+vrss; 1 uplink, 2 ports`
  public var summary: String {
    func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
    let cpus = workers.map(String.init).joined(separator: ", ")
    let share = emulatedShare.map { ", emulated at \($0) each" } ?? ""
    return "\(count(workers.count, "worker")) on CPU\(workers.count == 1 ? "" : "s") \(cpus)\(share); "
      + "steering \(steering.rawValue); \(count(uplinks.count, "uplink")), "
      + (teams.isEmpty ? "" : "\(count(teams.count, "team")), ") + "\(count(ports.count, "port"))"
  }
}
