import Migration
import Testing

struct SendPlanTests {
  static let targets = ["10.0.0.2", "10.0.0.3"].map { [Endpoint(host: $0, port: 7000)] }
  static let vms = (1...4).map { VMProfile.small("vm\($0)") }

  @Test func `deals VMs to targets in turn, each from its port`() throws {
    let plan = try SendPlan(vms: Self.vms, targets: Self.targets, sourcePorts: [1, 2, 3, 4], simultaneous: nil)
    #expect(plan.assignments.map(\.target[0].host) == ["10.0.0.2", "10.0.0.3", "10.0.0.2", "10.0.0.3"])
    #expect(plan.assignments.map(\.sourcePort) == [1, 2, 3, 4])
    #expect(plan.simultaneous == 4)
  }

  @Test func `wrong wishes are refused with the option's name`() {
    func fault(
      ports: [UInt16] = [], each: Int = 1, simultaneous: Int? = nil, targets: [[Endpoint]] = Self.targets
    ) -> String? {
      do {
        _ = try SendPlan(
          vms: Self.vms, targets: targets, sourcePorts: ports, portsEach: { _ in each }, simultaneous: simultaneous)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(fault() == nil)
    #expect(fault(ports: [1, 2])?.hasPrefix("--source-port: names 2 ports for 4 VMs") == true)
    #expect(fault(ports: [1, 2, 1, 4])?.hasPrefix("--source-port: 1 is named twice") == true)
    #expect(fault(ports: [1, 1, 2, 2]) == nil)
    #expect(fault(ports: [1, 1, 4, 5], each: 4)?.hasPrefix("--source-port: 1 and 4 are too close") == true)
    #expect(fault(ports: [1, 1, 5, 5], each: 4) == nil)
    #expect(fault(ports: [65533, 1, 1, 5], each: 4)?.hasPrefix("--source-port: 65533 is too high") == true)
    #expect(fault(simultaneous: 0)?.hasPrefix("--simultaneous") == true)
    #expect(fault(targets: [])?.hasPrefix("--to") == true)
  }
}

struct EndpointTests {
  @Test(arguments: [("10.0.0.2:7000", "10.0.0.2", 7000), ("[fd00::2]:80", "fd00::2", 80), ("host:1", "host", 1)])
  func `reads and writes itself`(text: String, host: String, port: UInt16) throws {
    let endpoint = try Endpoint(parsing: text)
    #expect(endpoint == Endpoint(host: host, port: port))
    #expect(endpoint.description == text)
  }

  @Test(arguments: ["10.0.0.2", "fd00::2:7000", ":7000", "10.0.0.2:70000", ""])
  func `refuses what is no address and port`(text: String) {
    #expect(throws: MigrationError.self) { try Endpoint(parsing: text) }
  }
}
