import Testing
import Wire

/// Microsoft's published verification vectors ("Verifying the RSS Hash Calculation", NDIS documentation).
struct ToeplitzTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    let source: String
    let sourcePort: UInt16
    let destination: String
    let destinationPort: UInt16
    let addresses: UInt32
    let withPorts: UInt32
    var testDescription: String { "\(source) to \(destination)" }
  }

  static let vectors = [
    Vector(
      source: "66.9.149.187", sourcePort: 2794, destination: "161.142.100.80", destinationPort: 1766,
      addresses: 0x323e_8fc2, withPorts: 0x51cc_c178),
    Vector(
      source: "199.92.111.2", sourcePort: 14230, destination: "65.69.140.83", destinationPort: 4739,
      addresses: 0xd718_262a, withPorts: 0xc626_b0ea),
    Vector(
      source: "24.19.198.95", sourcePort: 12898, destination: "12.22.207.184", destinationPort: 38024,
      addresses: 0xd2d0_a5de, withPorts: 0x5c2b_394a),
    Vector(
      source: "38.27.205.30", sourcePort: 48228, destination: "209.142.163.6", destinationPort: 2217,
      addresses: 0x8298_9176, withPorts: 0xafc7_327f),
    Vector(
      source: "153.39.163.191", sourcePort: 44251, destination: "202.188.127.2", destinationPort: 1303,
      addresses: 0x5d18_09c5, withPorts: 0x10e8_28a2),
    Vector(
      source: "3ffe:2501:200:1fff::7", sourcePort: 2794, destination: "3ffe:2501:200:3::1", destinationPort: 1766,
      addresses: 0x2cc1_8cd5, withPorts: 0x4020_7d3d),
    Vector(
      source: "3ffe:501:8::260:97ff:fe40:efab", sourcePort: 14230, destination: "ff02::1", destinationPort: 4739,
      addresses: 0x0f0c_461c, withPorts: 0xdde5_1bbf),
    Vector(
      source: "3ffe:1900:4545:3:200:f8ff:fe21:67cf", sourcePort: 44251,
      destination: "fe80::200:f8ff:fe21:67cf", destinationPort: 38024,
      addresses: 0x4b61_e985, withPorts: 0x02d1_feef),
  ]

  @Test("published vectors, addresses and ports named by hand", arguments: vectors)
  func publishedByEndpoints(_ vector: Vector) throws {
    let table = ToeplitzTable()
    var source = IPEndpoint(try #require(IPAddress(vector.source)))
    var destination = IPEndpoint(try #require(IPAddress(vector.destination)))
    #expect(table.hash(source: source, destination: destination) == vector.addresses)
    (source.port, destination.port) = (vector.sourcePort, vector.destinationPort)
    #expect(table.hash(source: source, destination: destination) == vector.withPorts)
  }

  @Test("published vectors, read from frames: TCP and UDP with ports, other protocols by addresses", arguments: vectors)
  func publishedByFrames(_ vector: Vector) {
    let plain = Frames.start.tagged(7)
    let builder =
      vector.source.contains(":")
      ? plain.ipv6(vector.source, vector.destination) : plain.ipv4(vector.source, vector.destination)
    let (from, to) = (vector.sourcePort, vector.destinationPort)
    #expect(Frames.hash(builder.tcp(from, to)) == vector.withPorts)
    #expect(Frames.hash(builder.udp(from, to)) == vector.withPorts)
    #expect(Frames.hash(builder.echoRequest()) == vector.addresses)
  }

  @Test("the table agrees with the hash's definition, bit by bit, for any key")
  func tableAgreesWithDefinition() throws {
    var random = Generator(state: 1)
    for _ in 0..<50 {
      let key = try #require(ToeplitzKey(bytes: random.bytes(40)))
      let table = ToeplitzTable(key: key)
      let input = random.bytes(36)
      for count in [0, 1, 8, 12, 32, 36] {
        let found = input.withUnsafeBytes { table.view.hash($0.baseAddress!, count) }
        #expect(found == Self.definition(key: key.bytes, input: Array(input.prefix(count))))
      }
    }
  }

  /// For each set bit of the input, the 32 key bits that start at its place.
  static func definition(key: [UInt8], input: [UInt8]) -> UInt32 {
    func bit(_ bytes: [UInt8], _ i: Int) -> UInt32 { UInt32(bytes[i / 8] >> (7 - UInt8(i % 8)) & 1) }
    var hash: UInt32 = 0
    for i in 0..<input.count * 8 where bit(input, i) == 1 {
      hash ^= (0..<32).reduce(UInt32(0)) { $0 << 1 | bit(key, i + $1) }
    }
    return hash
  }

  @Test("a key is read from hexadecimal digits, in groups or not, and from nothing else")
  func readsKeys() {
    let digits = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
    #expect(ToeplitzKey(hexadecimal: digits) == .microsoft)
    #expect(ToeplitzKey(hexadecimal: "0x" + digits.uppercased()) == .microsoft)
    let groups = stride(from: 0, to: 80, by: 2).map { String(Array(digits)[$0...$0 + 1]) }
    #expect(ToeplitzKey(hexadecimal: groups.joined(separator: ":")) == .microsoft)
    #expect(ToeplitzKey(hexadecimal: String(digits.dropLast())) == nil)
    #expect(ToeplitzKey(hexadecimal: "zz" + digits.dropFirst(2)) == nil)
    #expect(ToeplitzKey(bytes: [1, 2, 3]) == nil)
  }

  @Test("endpoints are read as written, and refused when unclear")
  func readsEndpoints() {
    #expect(IPEndpoint("10.0.0.1")?.port == nil)
    #expect(IPEndpoint("10.0.0.1:80")?.port == 80)
    #expect(IPEndpoint("2001:db8::1")?.port == nil)
    #expect(IPEndpoint("[2001:db8::1]:80")?.description == "[2001:db8::1]:80")
    for wrong in ["", "10.0.0", "10.0.0.1:", "10.0.0.1:65536", "[10.0.0.1]:80", "[2001:db8::1]", "host:80"] {
      #expect(IPEndpoint(wrong) == nil, "\(wrong)")
    }
  }
}
