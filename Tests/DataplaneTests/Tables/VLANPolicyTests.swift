import Dataplane
import Testing

@Suite struct VLANPolicyTests {
  private func admit(_ policy: VLANPolicy, _ tag: UInt16?) -> UInt16? {
    withUnsafePointer(to: policy) { $0.admit(tag: tag) }
  }

  private func departure(_ policy: VLANPolicy, _ vlan: UInt16) -> VLANPolicy.Departure {
    withUnsafePointer(to: policy) { $0.departure(vlan) }
  }

  @Test func anAccessPortCarriesOneVLANUntagged() {
    let policy = VLANPolicy.access(10)
    for vlan in 0..<4096 as Range<UInt16> {
      #expect(departure(policy, vlan) == (vlan == 10 ? .untagged : .refused))
    }
    #expect(admit(policy, nil) == 10)
    #expect(admit(policy, 0) == 10)
    #expect(admit(policy, 0xE000) == 10)
    #expect(admit(policy, 10) == nil)
  }

  @Test func aTrunkCarriesExactlyWhatItIsGiven() {
    let given: Set<UInt16> = [2, 3, 63, 64, 65, 1000, 4094]
    let policy = VLANPolicy.trunk(given, native: 7)
    for vlan in 1..<4096 as Range<UInt16> {
      #expect(departure(policy, vlan) == (vlan == 7 ? .untagged : given.contains(vlan) ? .tagged : .refused))
      #expect(admit(policy, vlan | 0x5000) == (given.contains(vlan) ? vlan : nil))
    }
    #expect(admit(policy, nil) == 7)
  }

  @Test func aNativeVLANAlsoListedComesInEitherWayAndLeavesUntagged() {
    let policy = VLANPolicy.trunk([7], native: 7)
    #expect(admit(policy, 7) == 7)
    #expect(admit(policy, nil) == 7)
    #expect(departure(policy, 7) == .untagged)
  }

  @Test func policiesAreEqualWhenTheyCarryTheSame() {
    #expect(VLANPolicy.trunk([1, 2], native: 3) == .trunk([2, 1], native: 3))
    #expect(VLANPolicy.trunk([1, 2], native: 3) != .trunk([1, 2, 4000], native: 3))
    #expect(VLANPolicy.trunk([], native: 3) != .access(3))
  }
}
