import Synchronization
import Units

/// A VM as far as migration sees it: memory, and threads that write it.
public final class VirtualMachine: Sendable {
  public let profile: VMProfile
  public let image: MemoryImage
  private let writers: [Writer]
  private let running = Atomic<Bool>(false)

  /// A VM with the contents its profile asks for. It does not run yet.
  public convenience init(seeding profile: VMProfile) throws(MigrationError) {
    try profile.validate()
    let image = try MemoryImage(byteCount: Int(profile.memory.count), name: profile.name)
    try profile.fill(image)
    self.init(profile: profile, image: image)
  }

  /// A VM around memory that came over the wire.
  package init(profile: VMProfile, image: MemoryImage) {
    self.profile = profile
    self.image = image
    self.writers = profile.dirtyRate.count == 0 ? [] : [Writer(image: image, profile: profile)]
  }

  deinit { stop() }

  /// Pages written since the VM was made.
  public var pagesWritten: UInt64 { writers.reduce(0) { $0 + $1.pagesWritten } }

  /// Makes the writers and holds them before their first write: `resume` is all that is left to do.
  package func startPaused() {
    for writer in writers {
      writer.pause()
      writer.start()
    }
  }

  /// Started, and neither paused nor stopped.
  public var isRunning: Bool { running.load(ordering: .relaxed) }

  /// Starts the writers.
  public func start() {
    running.store(true, ordering: .relaxed)
    for writer in writers { writer.start() }
  }

  /// Returns when every writer has made its last write.
  public func pause() {
    for writer in writers { writer.pause() }
    running.store(false, ordering: .relaxed)
  }

  /// Returns when every writer goes on.
  public func resume() {
    running.store(true, ordering: .relaxed)
    for writer in writers { writer.resume() }
  }

  /// When the first of the writers stood still, of those that do; nil without writers.
  package var lastHeld: Nanoseconds? { writers.map(\.lastHeld).min() }
  /// Takes so much of the writers' rate away, in percent below 100.
  package func throttle(percent: Int) { for writer in writers { writer.throttle(percent: percent) } }
  /// Ends the writers for good.
  public func stop() {
    for writer in writers { writer.stop() }
    running.store(false, ordering: .relaxed)
  }
}
