import Steering
import Testing

@Suite struct FrameCostTests {
  @Test("what a frame and a byte cost is found from mixtures of them")
  func mixtures() {
    var random = Generator(state: 9)
    var cost = FrameCost()
    for _ in 0..<200 {
      let frames = Double(1000 + random.below(100_000))
      let bytes = frames * Double(60 + random.below(20_000))
      cost.learn(frames: frames, bytes: bytes, time: 900 * frames + 0.3 * bytes)
    }
    #expect(abs(cost.parts.frame - 900) < 90)
    #expect(abs(cost.parts.byte - 0.3) < 0.03)
  }

  @Test("frames of one size: any division is right as long as the sum is")
  func oneSize() {
    var cost = FrameCost()
    for frames in [1000.0, 5000, 20_000] { cost.learn(frames: frames, bytes: frames * 64, time: frames * 500) }
    #expect(abs(cost.of(frames: 1, bytes: 64) - 500) < 5)
  }

  @Test("neither part is ever negative")
  func notNegative() {
    var cost = FrameCost()
    cost.learn(frames: 1000, bytes: 64_000, time: 1_000_000)
    cost.learn(frames: 1000, bytes: 1_500_000, time: 500_000)
    #expect(cost.parts.frame >= 0 && cost.parts.byte >= 0)
    #expect(FrameCost().of(frames: 2, bytes: 3000) == 4)
  }
}
