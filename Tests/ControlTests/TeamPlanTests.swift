import Control
import Dataplane
import Testing
import Units

/// Which members are in use, and where each port's addresses are.
@Suite struct TeamPlanTests {
  private func words(_ changes: [(member: Int, change: MemberLinks.Change)]) -> [String] {
    changes.map { "\($0.member) \($0.change)" }
  }

  @Test func theFirstLinkIsUsedAtOnceOthersAfterTheyWereProbed() {
    var links = MemberLinks(members: 3)
    #expect(words(links.update(isUp: [false, true, true], now: .seconds(5))) == ["1 up", "2 up", "1 live"])
    #expect(links.live == 0b010 && links.isWaiting)
    #expect(words(links.update(isUp: [false, true, true], now: .milliseconds(5099))).isEmpty)
    #expect(words(links.update(isUp: [false, true, true], now: .milliseconds(5100))) == ["1 probed", "2 probed"])
    #expect(words(links.update(isUp: [false, true, true], now: .milliseconds(5150))) == ["2 live"])
    #expect(links.live == 0b110 && !links.isWaiting)
  }

  @Test func aLinkThatFailsIsLeftAtOnceAndTheLastJoiningOneTaken() {
    var links = MemberLinks(members: 2)
    _ = links.update(isUp: [true, false], now: .seconds(1))
    #expect(words(links.update(isUp: [true, true], now: .seconds(2))) == ["0 probed", "1 up"])
    #expect(words(links.update(isUp: [false, true], now: .milliseconds(2001))) == ["0 down", "1 live"])
    #expect(links.live == 0b10)
    #expect(words(links.update(isUp: [false, false], now: .milliseconds(2002))) == ["1 down"])
    #expect(links.live == 0 && !links.isWaiting)
    // It must be probed anew.
    #expect(words(links.update(isUp: [true, true], now: .seconds(3))) == ["0 up", "1 up", "0 live"])
  }

  @Test func portsAreGivenToMembersEvenlyAndStay() {
    var plan = AffinityPlan(members: 2, mode: .dynamic)
    plan.assign([5, 6, 7, 8])
    #expect(plan.homes == [5: 0, 6: 1, 7: 0, 8: 1])
    plan.assign([6, 8, 9])
    #expect(plan.homes == [6: 1, 8: 1, 9: 0])
    plan.assign([6, 8, 9, 10])
    #expect(plan.homes == [6: 1, 8: 1, 9: 0, 10: 0])
  }

  @Test func portsOfAMemberThatFailedAreSpreadAndReturn() {
    var plan = AffinityPlan(members: 3, mode: .hypervPort)
    plan.assign([0, 1, 2, 3, 4, 5])
    #expect(plan.places(live: 0b111) == plan.homes)
    #expect(plan.places(live: 0b110) == [0: 1, 1: 1, 2: 2, 3: 2, 4: 1, 5: 2])
    #expect(plan.places(live: 0b100).values.allSatisfy { $0 == 2 })
    #expect(plan.places(live: 0) == plan.homes)
  }

  @Test func addressHashHasAllPortsAtOneMember() {
    var plan = AffinityPlan(members: 3, mode: .addressHash)
    plan.assign([0, 1, 2])
    #expect(plan.homes.values.allSatisfy { $0 == 0 })
    #expect(plan.places(live: 0b110).values.allSatisfy { $0 == 1 })
  }
}
