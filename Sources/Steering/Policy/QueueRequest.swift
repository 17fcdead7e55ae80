import Units

/// What one port asks of the queue assignment.
public struct QueueRequest: Hashable, Sendable {
  public var name: String
  /// Weight above 0, and addresses of its own: an uplink wants none.
  public var wantsQueue: Bool
  /// The port's own `steering:`; nil follows the switch.
  public var mode: SteeringMode?
  /// False keeps a queue on its home worker also under `vmq+vrss`.
  public var vrss: Bool
  /// Workers the port's queue is spread over, at most.
  public var maximumWorkers: Int
  /// Hashed frames stay off the home worker (NDIS: VrssExcludePrimaryProcessor).
  public var excludeHome: Bool
  /// The workers that may serve the queue, in order; nil: all.
  public var workers: [WorkerID]?

  public init(
    name: String, wantsQueue: Bool = true, mode: SteeringMode? = nil, vrss: Bool = true, maximumWorkers: Int = .max,
    excludeHome: Bool = false, workers: [WorkerID]? = nil
  ) {
    (self.name, self.wantsQueue, self.mode) = (name, wantsQueue, mode)
    (self.vrss, self.maximumWorkers, self.excludeHome) = (vrss, maximumWorkers, excludeHome)
    self.workers = workers
  }
}
