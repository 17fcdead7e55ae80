import Lab
import Testing

@Suite("What is read of a guest and of pings")
struct GuestTests {
  @Test func aLineCutByTheMoveIsWholeAgain() {
    let console = GuestConsole("ready abc\r\ncount 1\r\ncou" + "nt 2\r\nsum abc\r\n")
    #expect(console.counts == [1, 2])
    #expect(console.sums == ["abc", "abc"])
    #expect(console.fault == nil)
  }

  @Test(arguments: [
    "ready abc\ncount 1\ncount 3\n", "ready abc\ncount 1\ncount 1\n", "ready abc\ncount 1\nsum abd\n", "ready abc\n",
    "",
  ])
  func aLostStepOrAChangedByteIsSeen(text: String) { #expect(GuestConsole(text).fault != nil) }

  @Test func gapsAndLossesOfPings() {
    let log = PingLog(
      """
      PING 10.77.0.200 (10.77.0.200) 56(84) bytes of data.
      [1700000000.100000] 64 bytes from 10.77.0.200: icmp_seq=1 ttl=64 time=0.5 ms
      [1700000000.120000] 64 bytes from 10.77.0.200: icmp_seq=2 ttl=64 time=0.5 ms
      [1700000000.420000] 64 bytes from 10.77.0.200: icmp_seq=5 ttl=64 time=0.5 ms
      From 10.77.0.1 icmp_seq=6 Destination Host Unreachable
      """)
    #expect(log.answers.map(\.sequence) == [1, 2, 5])
    #expect(log.lost == 2)
    #expect(abs((log.longestGapMilliseconds ?? 0) - 300) < 0.01)
    #expect(abs((log.firstAnswerMilliseconds(after: 1_700_000_000.39) ?? 0) - 30) < 0.01)
    #expect(log.firstAnswerMilliseconds(after: 1_700_000_001) == nil)
  }

  @Test func thereIsNoGapWithoutAnswers() { #expect(PingLog("").longestGapMilliseconds == nil) }
}
