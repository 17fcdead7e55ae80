import Glibc
import Ports
import Testing

/// What real devices say of themselves, in a network of the test's own.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct NetdevFactsTests {
  @Test func aVethRunsProgramsOnFramesOfSeveralBuffersAndCopies() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "mtu", "9000", "type", "veth", "peer", "name", "right")
      let facts = try #require(NetdevFacts(name: "left"))
      #expect(facts.driver == "veth" && facts.isVirtual)
      #expect(facts.mtu == 9000 && facts.receiveQueues == 1)
      #expect(facts.superFrameKinds == [.tcp4, .tcp6, .udp])
      let features = try #require(facts.driverFeatures)
      #expect(features.xdp.isSuperset(of: [.native, .redirect, .multiBuffer]))
      #expect(!features.xdp.contains(.zeroCopy))
      #expect(features.zeroCopyParts == 0 && !features.zeroCopyChecksum)
    }
  }

  @Test func aTapTakesFramesOfOneBufferOnly() throws {
    try withPrivateNetwork {
      try command("ip", "tuntap", "add", "tap0", "mode", "tap")
      let facts = try #require(NetdevFacts(name: "tap0"))
      #expect(facts.driver == "tun" && facts.isVirtual)
      let features = try #require(facts.driverFeatures)
      #expect(features.xdp.isSuperset(of: [.native, .redirect]))
      #expect(features.xdp.isDisjoint(with: [.zeroCopy, .multiBuffer]))
    }
  }

  @Test func aDeviceWithoutXDPOfItsOwnHasNone() throws {
    try withPrivateNetwork {
      #expect(NetdevFacts(name: "lo")?.driverFeatures?.xdp == [])
    }
  }

  @Test func aDeviceThatIsNotThereHasNoFacts() throws {
    try withPrivateNetwork {
      #expect(NetdevFacts(name: "gone") == nil)
      #expect(DriverFeatures(interfaceIndex: 999_999) == nil)
    }
  }
}
