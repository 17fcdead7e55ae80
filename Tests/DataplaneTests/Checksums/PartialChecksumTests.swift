import CMillraceABI
import Dataplane
import Testing

/// A memory port cannot express a partial checksum: whatever leaves by one must carry a finished one.
@Suite struct PartialChecksumTests {
  private let known = MR_META_CHECKSUM_KNOWN | MR_META_PARTIAL

  private func passing(
    _ frame: [UInt8], flags: Int, guesses: Bool = false, part: Int = 3840,
    vlan: [VLANPolicy] = [.access(0), .access(0)]
  ) throws -> [[UInt8]] {
    var out: [[UInt8]] = []
    let ports = vlan.map { TestPort(vlan: $0, maximumFrame: 9230, guessesPartialChecksums: guesses) }
    try withSwitch(ports) { bench in
      bench.send(frame, at: 0, flags: flags, part: part)
      out = bench.take(1)
    }
    return out
  }

  @Test(arguments: Transport.allCases, [4, 6])
  func itIsCompletedAtEveryLength(transport: Transport, version: Int) throws {
    for length in [0, 1, 2, 3, 17, 18, 100, 1001, 1400] {
      let payload = pattern(length, seed: UInt64(length))
      func frame(_ checksum: ChecksumState) -> [UInt8] {
        ipFrame(to: broadcast, from: station(1), version: version, transport, payload: payload, checksum: checksum)
      }
      #expect(try passing(frame(.partial), flags: known) == [frame(.right)], "\(length) bytes")
    }
  }

  @Test(arguments: Transport.allCases, [4, 6])
  func itIsCompletedOverChainsOfOddParts(transport: Transport, version: Int) throws {
    for part in [99, 101, 500, 1001, 3840] {
      func frame(_ checksum: ChecksumState) -> [UInt8] {
        ipFrame(
          to: broadcast, from: station(1), version: version, transport, payload: pattern(8801), checksum: checksum)
      }
      #expect(try passing(frame(.partial), flags: known, part: part) == [frame(.right)], "parts of \(part)")
    }
  }

  @Test func paddingIsNotSummed() throws {
    for (length, padding) in [(1, 17), (2, 16), (5, 13), (18, 3)] {
      func frame(_ checksum: ChecksumState) -> [UInt8] {
        ipFrame(
          to: broadcast, from: station(1), .udp, payload: pattern(length), checksum: checksum, padding: padding)
      }
      #expect(try passing(frame(.partial), flags: known) == [frame(.right)])
    }
  }

  @Test func itIsCompletedBehindTagsThatComeAndGo() throws {
    let (access, trunk) = (VLANPolicy.access(10), VLANPolicy.trunk([10], native: 1))
    func frame(_ checksum: ChecksumState, tci: Int?) -> [UInt8] {
      ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(99), checksum: checksum, tci: tci)
    }
    for (vlan, before, after) in [([access, trunk], nil, 10), ([trunk, access], 10, nil), ([trunk, trunk], 10, 10)]
      as [([VLANPolicy], Int?, Int?)]
    {
      #expect(
        try passing(frame(.partial, tci: before), flags: known, vlan: vlan) == [frame(.right, tci: after)])
    }
  }

  @Test func aSumOfZeroIsSentAsAllOnes() throws {
    // The last two bytes are chosen so that the sum comes out as 0xFFFF, its complement 0.
    let zero = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(20) + [0, 0], checksum: .right)
    let field = Int(zero[40]) << 8 | Int(zero[41])
    func frame(_ checksum: ChecksumState) -> [UInt8] {
      ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(20) + big16(field), checksum: checksum)
    }
    #expect(frame(.right)[40..<42] == [0xFF, 0xFF])
    #expect(try passing(frame(.partial), flags: known) == [frame(.right)])
  }

  @Test(arguments: Transport.allCases) func aWrongChecksumArrivesWrong(transport: Transport) throws {
    let frame = ipFrame(to: broadcast, from: station(1), transport, payload: pattern(99), checksum: .wrong)
    #expect(try passing(frame, flags: MR_META_CHECKSUM_KNOWN) == [frame])
    #expect(try passing(frame, flags: 0, guesses: true) == [frame])
    #expect(try passing(frame, flags: 0, guesses: false) == [frame])
  }

  @Test(arguments: Transport.allCases, [4, 6])
  func whereTheKernelCannotBeAskedAFieldThatHoldsThePseudoHeaderSumIsPartial(
    transport: Transport, version: Int
  ) throws {
    func frame(_ checksum: ChecksumState) -> [UInt8] {
      ipFrame(to: broadcast, from: station(1), version: version, transport, payload: pattern(99), checksum: checksum)
    }
    #expect(try passing(frame(.partial), flags: 0, guesses: true) == [frame(.right)])
    #expect(try passing(frame(.right), flags: 0, guesses: true) == [frame(.right)])
    // The kernel said that it is finished, or it came from a NIC: not touched.
    #expect(try passing(frame(.partial), flags: MR_META_CHECKSUM_KNOWN, guesses: true) == [frame(.partial)])
    #expect(try passing(frame(.partial), flags: 0, guesses: false) == [frame(.partial)])
  }

  @Test func aUDPFrameWithoutChecksumStaysWithout() throws {
    var frame = ipFrame(to: broadcast, from: station(1), .udp, payload: pattern(99), checksum: .right)
    frame.replaceSubrange(40..<42, with: [0, 0])
    #expect(try passing(frame, flags: 0, guesses: true) == [frame])
  }

  @Test func eachFloodedCopyIsCompleted() throws {
    func frame(_ checksum: ChecksumState) -> [UInt8] {
      ipFrame(to: broadcast, from: station(1), .tcp, payload: pattern(5000), checksum: checksum)
    }
    let port = TestPort(maximumFrame: 9230)
    try withSwitch([port, port, port, port]) { bench in
      bench.send(frame(.partial), at: 0, flags: known, part: 555)
      #expect(bench.takeAll() == [[], [frame(.right)], [frame(.right)], [frame(.right)]])
    }
  }

  @Test func partialWithoutALayer4HeaderIsForgotten() throws {
    let frame = ethernet(to: broadcast, from: station(1))
    #expect(try passing(frame, flags: known) == [frame])
  }
}
