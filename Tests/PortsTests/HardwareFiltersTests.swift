import CLinux
import Glibc
import Ports
import Testing

/// What drivers without filters say.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct HardwareFiltersTests {
  @Test func aVethOfSeveralQueuesHasNone() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      var facts = try #require(NetdevFacts(name: "left"))
      // As if: the mounted sysfs, which tells, is of another namespace.
      facts.receiveQueues = 2
      #expect(ml_ntuple_is_on("left") == 0)
      #expect(ml_ntuple_turn("left", 1) == -EOPNOTSUPP)
      #expect(ml_ntuple_add("left", [2, 0, 0, 0, 0, 1], 1) < 0)
      #expect(HardwareFilters(facts) == nil)
    }
  }

  @Test func aDeviceThatIsNotThereHasNone() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      var facts = try #require(NetdevFacts(name: "left"))
      facts.receiveQueues = 2
      try command("ip", "link", "del", "left")
      #expect(HardwareFilters(facts) == nil)
    }
  }
}
