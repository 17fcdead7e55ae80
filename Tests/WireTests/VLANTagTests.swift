import Testing
import Wire

struct VLANTagTests {
  let plain = Frames.start.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2, payload: [9, 8, 7])

  @Test("pushing a tag gives the frame a builder would have tagged")
  func push() {
    var buffer = [0xAA, 0xAA, 0xAA, 0xAA] + plain
    let start = buffer.withUnsafeMutableBytes { bytes in
      VLANTag.push(0x6064, into: bytes.baseAddress! + 4) - bytes.baseAddress!
    }
    #expect(start == 0)
    #expect(buffer == Frames.start.tagged(100, priority: 3).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2, payload: [9, 8, 7]))
  }

  @Test("popping gives back the untagged frame")
  func pop() {
    var buffer = Frames.start.tagged(100, priority: 3).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2, payload: [9, 8, 7])
    let start = buffer.withUnsafeMutableBytes { bytes in VLANTag.pop(from: bytes.baseAddress!) - bytes.baseAddress! }
    #expect(start == 4)
    #expect(Array(buffer.dropFirst(4)) == plain)
  }

  @Test("setting the VLAN keeps priority and DEI")
  func setVLAN() {
    var buffer = Frames.start.tagged(100, priority: 5).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
    buffer.withUnsafeMutableBytes { VLANTag.setVLAN(4094, in: $0.baseAddress!) }
    let headers = Frames.parse(buffer)
    #expect(headers.vlan == 4094 && headers.tci >> 13 == 5)
  }

  @Test("addresses are written as they are read")
  func addresses() {
    var bytes = [UInt8](repeating: 0xFF, count: 8)
    bytes.withUnsafeMutableBytes { MACField.write(0x0102_0304_0506, to: $0.baseAddress! + 1) }
    #expect(bytes == [0xFF, 1, 2, 3, 4, 5, 6, 0xFF])
    #expect(bytes.withUnsafeBytes { MACField.read($0.baseAddress! + 1) } == 0x0102_0304_0506)
  }
}
