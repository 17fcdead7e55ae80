import Lab

/// Counters of network devices where no switch runs, as the kernel keeps them: a super-frame counts once.
struct DeviceProbe: SwitchProbe {
  let lab: Lab
  /// In the switch's namespace.
  let devices: [String]

  func sample() async throws -> SwitchSample {
    let names = devices.flatMap { name in ["rx", "tx"].map { "/sys/class/net/\(name)/statistics/\($0)_bytes" } }
    let text = try await Program.run(lab.command(in: 0, ["cat"] + names))
    let values = text.split(whereSeparator: \.isNewline).compactMap { UInt64($0) }
    guard values.count == names.count else { throw ExperimentError(.failed, "\(names[0]): cannot be read") }
    return SwitchSample(
      time: Monotonic.now(),
      ports: devices.enumerated().map { place, name in
        .init(
          name: name, receivedBytes: values[place * 2], transmittedBytes: values[place * 2 + 1], overrunFrames: 0)
      }, workers: [])
  }

  func indirection() -> [String: [Int]] { [:] }
  func moves() -> [SwitchMove] { [] }
}
