import CLinux

/// A flow at a port, the same for both its directions: local and remote end, protocol, ports, VLAN.
package struct FlowKey: Equatable {
  var localHigh: UInt64
  var localLow: UInt64
  var remoteHigh: UInt64
  var remoteLow: UInt64
  /// Ports at bits 48 and 32, VLAN at 20, port of the switch at 10, protocol at 2; bit 1 IPv6, bit 0 set.
  var rest: UInt64

  /// - Parameter port: of the switch.
  @inline(__always) package init(
    local: PacketEnd, remote: PacketEnd, ipProtocol: UInt8, isIPv6: Bool, port: UInt16, vlan: UInt16
  ) {
    (localHigh, localLow) = (local.high, local.low)
    (remoteHigh, remoteLow) = (remote.high, remote.low)
    let ports = UInt64(local.port) << 48 | UInt64(remote.port) << 32
    let place = UInt64(vlan & 0xFFF) << 20 | UInt64(port & 0x3FF) << 10
    rest = ports | place | UInt64(ipProtocol) << 2 | (isIPv6 ? 3 : 1)
  }

  /// What a packet of the flow says of it.
  var packet: Packet {
    var packet = Packet()
    packet.network = rest & 2 != 0 ? .ipv6 : .ipv4
    (packet.localHigh, packet.localLow) = (localHigh, localLow)
    (packet.remoteHigh, packet.remoteLow) = (remoteHigh, remoteLow)
    packet.ipProtocol = UInt16(rest >> 2 & 0xFF)
    (packet.localPort, packet.remotePort) = (UInt16(rest >> 48), UInt16(truncatingIfNeeded: rest >> 32))
    packet.ports = rest >> 32 != 0 ? .known : .none
    return packet
  }

  /// Reads the key of an entry that other workers may be writing: the caller checks that it did not change meanwhile.
  @inline(__always) init(reading words: UnsafePointer<UInt64>) {
    localHigh = ml_load_relaxed_u64(words)
    localLow = ml_load_relaxed_u64(words + 1)
    remoteHigh = ml_load_relaxed_u64(words + 2)
    remoteLow = ml_load_relaxed_u64(words + 3)
    rest = ml_load_relaxed_u64(words + 4)
  }

  func write(to words: UnsafeMutablePointer<UInt64>) {
    ml_store_relaxed_u64(words, localHigh)
    ml_store_relaxed_u64(words + 1, localLow)
    ml_store_relaxed_u64(words + 2, remoteHigh)
    ml_store_relaxed_u64(words + 3, remoteLow)
    ml_store_relaxed_u64(words + 4, rest)
  }

  /// Mixed by full multiplication, after the manner of wyhash; nobody who does not know `seed` can make flows that meet.
  @inline(__always) func hash(_ seed: UInt64) -> UInt64 {
    let a = Self.fold(localHigh ^ seed, remoteHigh ^ rest ^ 0x9E37_79B9_7F4A_7C15)
    let b = Self.fold(localLow ^ rest ^ 0xD1B5_4A32_D192_ED03, remoteLow ^ a)
    return Self.fold(b ^ seed, a ^ 0x94D0_49BB_1331_11EB)
  }

  @inline(__always) private static func fold(_ x: UInt64, _ y: UInt64) -> UInt64 {
    let product = x.multipliedFullWidth(by: y)
    return product.high ^ product.low
  }
}
