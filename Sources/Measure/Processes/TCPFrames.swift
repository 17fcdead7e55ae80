import Units

/// Frames of TCP over IPv4 with timestamps, their segments as large as the MTU lets them be.
package enum TCPFrames {
  /// Bytes of headers in a frame: Ethernet's 14, IPv4's 20, TCP's 32.
  package static let headers = 66

  /// Bytes of payload in a frame.
  package static func payload(mtu: Int) -> Int { mtu + 14 - headers }
}

extension BitRate {
  /// The rate of the payload in TCP frames of this rate: what iperf3 paces (`--bitrate`).
  package func tcpPayload(mtu: Int) -> BitRate {
    let payload = TCPFrames.payload(mtu: mtu)
    return BitRate(bitsPerSecond: bitsPerSecond * UInt64(payload) / UInt64(payload + TCPFrames.headers))
  }
}
