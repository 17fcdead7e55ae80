import ArgumentParser
import Units
import Wire

extension MACAddress: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension IPAddress: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
