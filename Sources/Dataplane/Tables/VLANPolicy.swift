/// Which VLANs a port carries (IEEE 802.1Q). VLAN 0 stands for the network of untagged frames.
///
/// - access: the device sends and receives untagged frames; they belong to one VLAN. Tagged frames are refused.
/// - trunk: tagged frames of the listed VLANs pass with their tags; untagged ones belong to the native VLAN.
public struct VLANPolicy: Equatable, Sendable {
  /// VLAN of untagged frames.
  public var untagged: UInt16
  public var isTrunk: Bool
  /// One bit for each VLAN that may be tagged; index: VLAN / 64.
  public var tagged: InlineBitmap

  public static func access(_ vlan: UInt16) -> VLANPolicy {
    VLANPolicy(untagged: vlan, isTrunk: false, tagged: InlineBitmap())
  }

  public static func trunk(_ vlans: some Sequence<UInt16>, native: UInt16) -> VLANPolicy {
    var bits = InlineBitmap()
    for vlan in vlans { bits.insert(vlan) }
    return VLANPolicy(untagged: native, isTrunk: true, tagged: bits)
  }

  public enum Departure { case refused, untagged, tagged }
}

/// A policy is asked where it lies: taken by value, its 512 bytes would be copied for each frame.
extension UnsafePointer<VLANPolicy> {
  /// The VLAN of an arriving frame, or nil when the port must refuse it. A priority tag (VLAN 0) counts as untagged.
  @inline(__always) public func admit(tag: UInt16?) -> UInt16? {
    guard let tag, tag & 0xFFF != 0 else { return pointee.untagged }
    let vlan = tag & 0xFFF
    return carriesTagged(vlan) ? vlan : nil
  }

  /// How a frame of `vlan` leaves through the port.
  @inline(__always) public func departure(_ vlan: UInt16) -> VLANPolicy.Departure {
    if vlan == pointee.untagged { return .untagged }
    return carriesTagged(vlan) ? .tagged : .refused
  }

  @inline(__always) private func carriesTagged(_ vlan: UInt16) -> Bool {
    guard pointee.isTrunk else { return false }
    // SAFETY: the bitmap is its 64 words and nothing else; the mask keeps the index below 64.
    let word = UnsafeRawPointer(self).load(
      fromByteOffset: MemoryLayout<VLANPolicy>.offset(of: \.tagged)! + Int(vlan >> 6 & 63) * 8, as: UInt64.self)
    return word & (1 << UInt64(vlan & 63)) != 0
  }
}

/// 4,096 bits in place.
public struct InlineBitmap: Equatable, Sendable {
  private var words: InlineArray<64, UInt64> = .init(repeating: 0)

  public init() {}

  public mutating func insert(_ bit: UInt16) { words[Int(bit >> 6) & 63] |= 1 << UInt64(bit & 63) }

  public static func == (a: InlineBitmap, b: InlineBitmap) -> Bool {
    (0..<64).allSatisfy { a.words[$0] == b.words[$0] }
  }
}
