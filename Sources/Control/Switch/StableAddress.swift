import Foundation
import Units

/// The address of a host port that names none: the same at each start, so that neighbours need not learn it anew, and
/// another one on another host.
enum StableAddress {
  /// A locally administered unicast address (IEEE 802, 8.2) from the host's machine-id and the device's name.
  static func of(_ device: String) -> MACAddress {
    let host = (try? String(contentsOfFile: "/etc/machine-id", encoding: .utf8)) ?? ""
    // FNV-1a, 64 bits: stable over releases, which Hasher is not.
    let hash = (host + device).utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return MACAddress(value: hash & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
  }
}
