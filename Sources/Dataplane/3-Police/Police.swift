extension Worker {
  /// Port ACLs and meters, by what classification found. No rule can be set yet: every frame passes.
  @inline(__always) mutating func police(from port: UInt16, _ entry: UnsafeMutablePointer<PortEntry>) {}
}
