extension UInt64 {
  /// Every bit stirs every bit of the result (SplitMix64's finalizer; Steele, Lea and Flood 2014).
  @inline(__always) var mixed: UInt64 {
    var x = (self ^ (self >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
