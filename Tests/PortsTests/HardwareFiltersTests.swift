import CLinux
import Glibc
import Ports
import Testing
import Units

/// What drivers without filters say.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct HardwareFiltersTests {
  @Test func aVethOfSeveralQueuesHasNone() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      var facts = try #require(NetdevFacts(name: "left"))
      // As if: the mounted sysfs, which tells, is of another namespace.
      facts.receiveQueues = 2
      #expect(HardwareFilters.areOn(facts) == false)
      #expect(ml_ntuple_turn("left", 1) == -EOPNOTSUPP)
      #expect(!HardwareFilters.turnOn("left"))
      var filters = HardwareFilters("left")
      let address = MACAddress(value: 0x02_00_00_00_00_01)
      #expect(filters.set([address: 1]) == [address: EOPNOTSUPP])
      // Not asked for again.
      #expect(filters.set([address: 1]).isEmpty && filters.filters.isEmpty)
    }
  }

  @Test func aDeviceThatIsNotThereHasNone() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      var facts = try #require(NetdevFacts(name: "left"))
      facts.receiveQueues = 2
      try command("ip", "link", "del", "left")
      #expect(HardwareFilters.areOn(facts) == nil)
    }
  }
}
