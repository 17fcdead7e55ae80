/// A port's part in port mirroring (`-PortMirroring` of Hyper-V's Set-VMNetworkAdapter).
public enum PortMirroring: String, Sendable, CaseIterable, Codable {
  case none
  /// What its device sends and is sent is copied to every destination.
  case source
  /// Its device is sent the copies, beside its own frames.
  case destination
}
