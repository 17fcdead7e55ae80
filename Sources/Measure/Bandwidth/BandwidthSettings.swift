import Units

/// What is fixed for all cases before the first one runs.
struct BandwidthSettings: Sendable {
  /// What the link carries that ports share.
  var link: BitRate
  /// CPUs of the switch's workers.
  var workers: [Int]
  /// How long a case is measured.
  var seconds: Int
  var mtu: Int

  static let usualLink = BitRate(bitsPerSecond: 300_000_000)

  /// Of the ports that share the link, in the order of their hosts.
  static let weights = [50, 30, 15, 5]

  /// Bytes of headers in a frame, Ethernet's among them: UDP or TCP with timestamps over IPv4.
  static func headers(isUDP: Bool) -> Int { isUDP ? 42 : TCPFrames.headers }
  /// What a segment carries. Datagrams carry as much.
  var payload: Int { TCPFrames.payload(mtu: mtu) }

  /// What is reserved of the link for migrations, storage, another VM and the VM that is asked: thirds, and a little.
  var reserves: [BitRate] {
    [30, 30, 20, 10].map { BitRate(bitsPerSecond: link.bitsPerSecond / 100 * $0) }
  }
}

/// Hosts of the experiment, by their number in the lab.
enum BandwidthHosts {
  /// Behind the link.
  static let far = 1
  /// Those that send over it: of the response case the source of migrations, a client of storage, a VM, and the VM
  /// that asks.
  static let senders = [2, 3, 4, 5]
  static let (migrating, storing, sending, asking) = (2, 3, 4, 5)
}
