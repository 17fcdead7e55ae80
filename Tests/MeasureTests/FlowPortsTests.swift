import Measure
import Testing

@Suite struct FlowPortsTests {
  let ports = FlowPorts()

  /// 128 entries dealt to eight workers in turn, beginning at `home`.
  static func spread(home: Int = 0) -> [Int] { (0..<128).map { (home + $0) % 8 } }

  private func flows(_ count: Int, forward: [Int], backward: [Int]? = nil) -> [FlowPorts.Flow] {
    (0..<count).map { _ in
      FlowPorts.Flow(
        source: [10, 77, 0, 1], destination: [10, 77, 0, 2], destinationPort: 7000, forward: forward,
        backward: backward ?? forward)
    }
  }

  private func worker(_ port: UInt16, _ table: [Int]) -> Int {
    table[Int(ports.hash([10, 77, 0, 1], [10, 77, 0, 2], port, 7000) & 127)]
  }

  private func acknowledging(_ port: UInt16, _ table: [Int]) -> Int {
    table[Int(ports.hash([10, 77, 0, 2], [10, 77, 0, 1], 7000, port) & 127)]
  }

  @Test func theHashIsThatOfThePublishedVectors() {
    // NDIS, "Verifying the RSS Hash Calculation": TCP over IPv4.
    #expect(ports.hash([66, 9, 149, 187], [161, 142, 100, 80], 2794, 1766) == 0x51cc_c178)
    #expect(ports.hash([199, 92, 111, 2], [65, 69, 140, 83], 14230, 4739) == 0xc626_b0ea)
  }

  @Test func asManyFlowsAsWorkersGetOneEach() throws {
    for home in [0, 3] {
      let table = Self.spread(home: home)
      let chosen = try #require(ports.choose(flows(8, forward: table), from: 20_000))
      #expect(Set(chosen.map { worker($0, table) }).count == 8)
      #expect(Set(chosen).count == 8)
    }
  }

  @Test func acknowledgementsGoToTheFlowsOwnWorker() throws {
    let table = Self.spread()
    let chosen = try #require(ports.choose(flows(8, forward: table), from: 20_000))
    for port in chosen { #expect(acknowledging(port, table) == worker(port, table)) }
  }

  @Test func moreFlowsThanWorkersAreDealtEvenly() throws {
    let table = Self.spread().map { $0 % 2 }
    let chosen = try #require(ports.choose(flows(8, forward: table), from: 20_000))
    #expect(chosen.count { worker($0, table) == 0 } == 4)
  }

  @Test func oneWorkerTakesAnyPort() throws {
    let chosen = try #require(ports.choose(flows(3, forward: Array(repeating: 5, count: 128)), from: 20_000))
    #expect(chosen == [20_000, 20_001, 20_002])
  }

  @Test func theSameTablesGiveTheSamePorts() {
    let flows = flows(4, forward: Self.spread())
    #expect(ports.choose(flows, from: 20_000) == ports.choose(flows, from: 20_000))
  }

  @Test func tooFewPortsAreSaidSo() {
    #expect(ports.choose(flows(4, forward: Self.spread()), from: 59_999) == nil)
  }
}
