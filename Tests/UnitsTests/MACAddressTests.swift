import Testing
import Units

@Suite struct MACAddressTests {
  @Test(arguments: ["02:00:00:00:01:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "a0:b1:c2:d3:e4:f5"])
  func whatIsReadIsWrittenTheSame(text: String) {
    #expect(MACAddress(text)?.description == text)
  }

  @Test func digitsMayBeOfEitherCase() {
    #expect(MACAddress("A0:B1:c2:D3:e4:F5") == MACAddress(value: 0xA0B1_C2D3_E4F5))
  }

  @Test(arguments: [
    "", "02:00:00:00:01", "02:00:00:00:01:01:01", "2:0:0:0:1:1", "02-00-00-00-01-01", "0200.0000.0101",
    "02:00:00:00:01:0g", "02:00:00:00:01:", "+2:00:00:00:01:01", "-0:00:00:00:01:01", " 2:00:00:00:01:01",
    "02:00:00:00:01:01 ", "０２:00:00:00:01:01",
  ])
  func anythingElseIsRefused(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test func bytesStandInTheOrderOfTheWire() {
    let address = MACAddress(bytes: [1, 2, 3, 4, 5, 6])
    #expect(address.value == 0x0102_0304_0506)
    #expect(address.bytes == [1, 2, 3, 4, 5, 6])
    #expect(MACAddress(value: .max).value == 0xFFFF_FFFF_FFFF)
  }

  @Test func groupAddressesAreKnown() {
    #expect(MACAddress.broadcast.isMulticast)
    #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
    #expect(MACAddress("02:00:00:00:00:01")?.isMulticast == false)
    for last in 0..<32 as Range<UInt64> {
      #expect(MACAddress(value: 0x0180_C200_0000 | last).isLinkLocalReserved == (last < 16))
    }
  }
}
