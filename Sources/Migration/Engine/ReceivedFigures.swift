/// The figures of one migration as the target saw it.
public struct ReceivedFigures: Codable, Hashable, Sendable {
  public var vm: String
  /// Address and port the VM came from.
  public var source: String
  public var memoryBytes: UInt64
  /// TCP payload received after the greeting.
  public var bytes: UInt64
  /// From the greeting's answer to the start of the VM's writers here.
  public var seconds: Double
  /// From the source's digest, which ends the last round, to the start of the VM's writers here; in post-copy from the
  /// source's list of the pages that follow. 0 when it did not get that far.
  public var handOverMilliseconds: Double
  /// Writers that waited for pages, in post-copy.
  public var faults: FaultFigures?
  /// This side's digest of all memory equals the source's.
  public var digest: String
  public var verified: Bool
  /// Never `unconfirmed`: this side knows.
  public var runsOn: RunningSide
  /// One line; left out when verified.
  public var failure: String?

  package init(vm: String, source: String, memoryBytes: UInt64) {
    self.vm = vm
    self.source = source
    self.memoryBytes = memoryBytes
    bytes = 0
    seconds = 0
    handOverMilliseconds = 0
    digest = ""
    verified = false
    runsOn = .source
  }
}

/// What `migrate receive --json` prints when it ends.
public struct ReceivedReport: Codable, Hashable, Sendable {
  public var migrations: [ReceivedFigures]

  public init(_ migrations: [ReceivedFigures]) { self.migrations = migrations }
}
