import Testing
import Units

@Suite struct CPUMaskTests {
  @Test func cpuMasksAreGroupsOf32Bits() {
    #expect(CPUMask.text([]) == "0")
    #expect(CPUMask.text([1]) == "2")
    #expect(CPUMask.text([2, 3, 33]) == "2,c")
    #expect(CPUMask.text([64]) == "1,0,0")
  }
}
