import Control
import Testing

@Suite("Damaged configurations")
struct ConfigMutationTests {
  /// SplitMix64, so that a failure comes again.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let valid = """
    switch: {workers: [0, 1], polling: busy, emulatedShare: 15%, steering: vmq, queues: 16, arena: 64MiB,
      rebalance: {upper: 90%, lower: 60%, window: 1s, minimumGain: 25%, minimumInterval: 60s},
      fdb: {addresses: 16384, ageing: 300s, static: [{mac: 02:00:00:00:09:09, vlan: 12, port: vm1}]}}
    uplinks:
      - {name: up0, netdev: eth1, rate: 10Gbit, overhead: 24B}
    ports:
      - name: vm1
        netdev: tap1
        vlan: {trunk: [10, 12-14], native: 1}
        vrss: {mode: static, maximumWorkers: 2, excludeHome: true}
      - {name: mgmt, host: {name: mgmt0, addresses: [10.0.0.1/24, "fd00::1/64"]}, adopt: false}
    """

  @Test("Whatever was done to a text, it is read, or refused with a line of it in one-line messages", arguments: 0..<16)
  func mutations(_ seed: UInt64) {
    var random = Generator(state: seed)
    let pieces = Array("[]{}:,-&*!|>%@\"'#\n\t 09aZ/~\u{FEFF}\u{7F}é") + Array(Self.valid.prefix(40))
    for _ in 0..<200 {
      var text = Array(Self.valid)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = text.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text.remove(at: at)
        case 1: text.insert(pieces.randomElement(using: &random)!, at: at)
        default: text.swapAt(at, text.indices.randomElement(using: &random)!)
        }
      }
      let lines = text.count(where: \.isNewline) + 1
      for error in configErrors(String(text)) {
        #expect(error.exitCode == .configuration)
        #expect((1...lines + 1).contains(error.line ?? 0), "\(error)\n\(String(text))")
        #expect(error.description.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count == 1)
        #expect(!error.fix.isEmpty, "\(error)")
      }
    }
  }
}
