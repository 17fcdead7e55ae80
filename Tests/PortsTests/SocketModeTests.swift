import Ports
import Testing

/// How sockets are bound, by what a driver says. NICs are made up from a real device's facts, since no test host has them.
@Suite struct SocketModeTests {
  private static func facts(_ features: DriverFeatures?, mtu: Int = 1500) throws -> NetdevFacts {
    var facts = try #require(NetdevFacts(name: "lo"))
    facts.driver = "nic"
    facts.mtu = mtu
    facts.driverFeatures = features
    return facts
  }

  private static let copying = DriverFeatures(
    xdp: [.native, .redirect, .multiBuffer], zeroCopyParts: 0, zeroCopyChecksum: false)
  private static let single = DriverFeatures(
    xdp: [.native, .redirect, .zeroCopy], zeroCopyParts: 1, zeroCopyChecksum: false)
  private static let chaining = DriverFeatures(
    xdp: [.native, .redirect, .zeroCopy, .multiBuffer], zeroCopyParts: 8, zeroCopyChecksum: true)

  @Test func zeroCopyWithChainsIsTakenAsItIs() throws {
    let mode = SocketMode(try Self.facts(Self.chaining, mtu: 9000), isGeneric: false)
    #expect(!mode.forceCopy && mode.multiBuffer && mode.reason == nil)
  }

  @Test func genericModeAlwaysCopies() throws {
    let mode = SocketMode(try Self.facts(Self.chaining), isGeneric: true)
    #expect(mode.forceCopy && mode.multiBuffer && mode.reason == nil)
  }

  @Test func aDriverWithoutZeroCopyCopies() throws {
    let mode = SocketMode(try Self.facts(Self.copying, mtu: 9000), isGeneric: false)
    #expect(mode.forceCopy && mode.multiBuffer && mode.reason == nil)
  }

  @Test func zeroCopyWithoutChainsServesFramesOfOneChunk() throws {
    let mode = SocketMode(try Self.facts(Self.single, mtu: 3818), isGeneric: false)
    #expect(!mode.forceCopy && !mode.multiBuffer && mode.reason == nil)
  }

  @Test func longerFramesWithoutChainsAreCopiedAndTheReasonSaysWhatToDo() throws {
    let mode = SocketMode(try Self.facts(Self.single, mtu: 3819), isGeneric: false)
    #expect(mode.forceCopy && mode.multiBuffer)
    #expect(
      mode.reason
        == "zero-copy of nic takes no frame longer than a chunk; an MTU of 3818 or less would use it")
  }

  @Test func aKernelThatDoesNotTellIsLeftToChoose() throws {
    let mode = SocketMode(try Self.facts(nil), isGeneric: false)
    #expect(!mode.forceCopy && mode.multiBuffer)
  }
}
