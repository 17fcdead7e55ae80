/// How frames are spread over workers; raw values as written in the configuration.
public enum SteeringMode: String, CaseIterable, Hashable, Sendable, Codable {
  /// Every frame to worker 0.
  case single
  /// Flow hash over all workers, whatever the address.
  case rss
  /// Destination address and VLAN choose the port's queue; one home worker a queue.
  case vmq
  /// As `vmq`, and the flow hash spreads the queue over workers.
  case vmqAndVRSS = "vmq+vrss"

  /// Whether destination addresses matter.
  public var usesFilters: Bool { self == .vmq || self == .vmqAndVRSS }
}
