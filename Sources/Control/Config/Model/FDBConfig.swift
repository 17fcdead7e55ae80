import Units

/// The table of learned and static addresses.
public struct FDBConfig: Sendable, Equatable {
  /// How many addresses fit, 16 to 1,048,576.
  public var addresses: Int
  /// How long a learned address stays without a frame from it, 1 s or more.
  public var ageing: Nanoseconds
  public var statics: [StaticAddress]
  public var place: ConfigPlace

  public init(
    addresses: Int = Defaults.addresses, ageing: Nanoseconds = Defaults.ageing, statics: [StaticAddress] = [],
    place: ConfigPlace = ConfigPlace()
  ) {
    self.addresses = addresses
    self.ageing = ageing
    self.statics = statics
    self.place = place
  }

  /// An address that is at one port, whatever arrives elsewhere, and never ages.
  public struct StaticAddress: Sendable, Equatable {
    public var mac: MACAddress
    /// 0: the network of untagged frames.
    public var vlan: UInt16
    /// The port's or uplink's name.
    public var port: String
    public var place: ConfigPlace

    public init(mac: MACAddress, vlan: UInt16 = 0, port: String, place: ConfigPlace = ConfigPlace()) {
      self.mac = mac
      self.vlan = vlan
      self.port = port
      self.place = place
    }
  }

  public enum Defaults {
    public static let addresses = 16384
    public static let ageing = Nanoseconds.seconds(300)
  }

  public enum Limits {
    public static let addresses = 16...1_048_576
    /// Up to what IEEE 802.1Q (8.8.3) allows.
    public static let ageing = Nanoseconds.seconds(1)...Nanoseconds.seconds(1_000_000)
  }
}
