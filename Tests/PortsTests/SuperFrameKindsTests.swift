import Glibc
import Ports
import Testing

/// The features of real devices, in a network of the test's own.
@Suite(.enabled(if: geteuid() == 0, "needs root")) struct SuperFrameKindsTests {
  @Test func aVethTakesEveryKindUntilItsFeaturesAreTurnedOff() throws {
    try withPrivateNetwork {
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      #expect(SuperFrameKinds(takenBy: "left") == [.tcp4, .tcp6, .udp])
      try command("ethtool", "-K", "left", "tx-udp-segmentation", "off")
      #expect(SuperFrameKinds(takenBy: "left") == [.tcp4, .tcp6])
      try command("ethtool", "-K", "left", "tx-tcp-segmentation", "off")
      #expect(SuperFrameKinds(takenBy: "left") == [.tcp6])
      try command("ethtool", "-K", "left", "tx-tcp6-segmentation", "off", "tx-udp-segmentation", "on")
      #expect(SuperFrameKinds(takenBy: "left") == [.udp])
      #expect(SuperFrameKinds(takenBy: "right") == [.tcp4, .tcp6, .udp], "the other end keeps its own")
    }
  }

  @Test func aTapWhoseHolderTakesNoOffloadsTakesNone() throws {
    try withPrivateNetwork {
      try command("ip", "tuntap", "add", "tap0", "mode", "tap")
      #expect(SuperFrameKinds(takenBy: "tap0") == [])
    }
  }

  @Test func aDeviceThatIsNotThereTakesNone() throws {
    try withPrivateNetwork { #expect(SuperFrameKinds(takenBy: "gone") == []) }
  }
}
