import Lab
import Units

/// How each peer is told what a case asks for: a configuration, qdiscs or meters.
struct BandwidthFabric {
  let settings: BandwidthSettings
  let one: BandwidthCase
  let spec: LabSpec

  // MARK: Millrace

  /// The link is the far host's port.
  var configuration: String {
    // As HTB, which runs before every thread: a worker that waits for a CPU has lost what the rate was worth meanwhile.
    var lines = ["switch:", "  workers: \(settings.workers)", "  scheduling: realtime"]
    if one.peer == .millrace, one.question == .response { lines.append("  minimumBandwidth: absolute") }
    lines.append("ports:")
    func add(_ host: Int, _ keys: [String]) {
      lines.append(spec.portLine(of: host, name: LabSpec.hostName(host), keys))
    }
    add(BandwidthHosts.far, linkKeys)
    for (place, host) in BandwidthHosts.senders.enumerated() { add(host, portKeys(place)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private var linkKeys: [String] {
    if case .maximum = one.question { [] } else { ["rate: \(settings.link)"] }
  }

  private func portKeys(_ place: Int) -> [String] {
    switch (one.question, one.peer) {
    case (.maximum(let megabits, _, _), _): place == 0 ? ["qos: {maximum: \(megabits)Mbit}"] : []
    case (.shares, _): ["qos: {weight: \(BandwidthSettings.weights[place])}"]
    case (.response, .millrace): ["qos: {reserve: \(settings.reserves[place])}"]
    case (.response, _): []
    }
  }

  // MARK: Linux

  /// HTB where the bridge sends into the link: a class for each sender, told apart by address.
  func limitBridge(_ lab: Lab) async throws {
    let device = spec.port(of: BandwidthHosts.far)
    func tc(_ command: String) async throws {
      try await Program.run(lab.command(in: 0, ["tc"] + command.split(separator: " ").map(String.init)))
    }
    func addClass(_ number: Int, _ rate: BitRate, upTo ceiling: BitRate, below parent: String) async throws {
      try await tc(
        "class add dev \(device) parent \(parent) classid 1:\(number) htb rate \(rate.bitsPerSecond)bit "
          + "ceil \(ceiling.bitsPerSecond)bit")
    }
    try await tc("qdisc replace dev \(device) root handle 1: htb default 99")
    if case .maximum(let megabits, _, _) = one.question {
      let rate = BitRate(bitsPerSecond: UInt64(megabits) * 1_000_000)
      return try await addClass(99, rate, upTo: rate, below: "1:")
    }
    let link = settings.link
    try await addClass(1, link, upTo: link, below: "1:")
    try await addClass(99, BitRate(bitsPerSecond: link.bitsPerSecond / 100), upTo: link, below: "1:1")
    let rates =
      one.question == .shares
      ? BandwidthSettings.weights.map { BitRate(bitsPerSecond: link.bitsPerSecond / 100 * UInt64($0)) }
      : settings.reserves
    for (host, rate) in zip(BandwidthHosts.senders, rates) {
      try await addClass(10 + host, rate, upTo: link, below: "1:1")
      try await tc(
        "filter add dev \(device) parent 1: protocol ip u32 match ip src \(spec.address(of: host)) "
          + "flowid 1:\(10 + host)")
    }
  }

  // MARK: Open vSwitch

  /// A meter on the sender's port. Its bucket holds 0.8 s of the rate: what ovs-vswitchd.conf.db(5) advises for TCP.
  func limitOpenVSwitch(_ lab: Lab) async throws {
    guard case .maximum(let megabits, _, _) = one.question else { return }
    let rate = megabits * 1000
    let port = spec.port(of: BandwidthHosts.senders[0])
    try await lab.openVSwitch(
      "ovs-ofctl", "-O", "OpenFlow13", "add-meter", LabSpec.bridgeDevice,
      "meter=1 kbps burst bands=type=drop rate=\(rate) burst_size=\(rate * 8 / 10)")
    try await lab.openVSwitch(
      "ovs-ofctl", "-O", "OpenFlow13", "add-flow", LabSpec.bridgeDevice,
      "priority=10,in_port=\(port),actions=meter:1,normal")
  }
}
