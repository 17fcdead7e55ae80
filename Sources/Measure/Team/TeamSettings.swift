import Units

/// What is fixed for all cases before the first one runs.
struct TeamSettings: Sendable {
  /// What each of the two links carries.
  var link: BitRate
  /// CPUs of each switch's workers.
  var workers: [Int]
  /// The pause after which a flow may change its member.
  var gap: Nanoseconds
  /// How long a case should last at the rate of both links.
  var seconds: Double
  var mtu = 1500

  static let links = 2
  static let usualLink = BitRate(bitsPerSecond: 300_000_000)

  var together: BitRate { BitRate(bitsPerSecond: link.bitsPerSecond * UInt64(Self.links)) }

  /// Memory of one VM.
  func memory(_ one: TeamCase) -> Bytes {
    LabMigrations.memory(of: one.migrations, lasting: seconds, at: together)
  }

  /// One after another, as programs get them.
  func sourcePorts(_ one: TeamCase) -> [UInt16] {
    (0..<UInt16(one.migrations)).map { LabMigrations.firstSourcePort + $0 }
  }
}
