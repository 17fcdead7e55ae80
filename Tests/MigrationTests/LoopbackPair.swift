import Migration
import Synchronization
import Units

/// A target on 127.0.0.1 that runs on a thread of its own, and what it received.
final class LoopbackTarget: Sendable {
  let target: MigrationTarget
  let strangers = StrangerLog()
  private let received = Mutex<[ReceivedFigures]>([])
  private let thread: Mutex<JoinableThread?> = Mutex(nil)

  init(
    count: Int? = nil, limit: Bytes = Bytes(1 << 30), security: StreamSecurity = .plain, keepsRunning: Bool = true,
    simultaneous: Int? = nil, patience: Nanoseconds = .seconds(90)
  ) throws {
    let strangers = strangers
    var options = MigrationTarget.Options(
      memoryLimit: limit, security: security, keepsRunning: keepsRunning, simultaneous: simultaneous)
    options.patience = patience
    target = try MigrationTarget(listen: Endpoint(host: "127.0.0.1", port: 0), options: options) { event in
      if case .stranger(let line) = event { strangers.lines.withLock { $0.append(line) } }
    }
    thread.withLock {
      $0 = JoinableThread(name: "target") { [self] in
        let figures = target.run(count: count)
        received.withLock { $0 = figures }
      }
    }
  }

  var endpoint: Endpoint { target.endpoint }

  /// Waits for the `count` migrations.
  func figures() -> [ReceivedFigures] {
    thread.withLock { $0?.join() }
    return received.withLock { $0 }
  }

  func stop() -> [ReceivedFigures] {
    target.stop()
    return figures()
  }
}

/// What a target said about those who are no sources.
final class StrangerLog: Sendable {
  let lines = Mutex<[String]>([])
}

extension VMProfile {
  /// 8 MiB, written at 64 MiB a second over a quarter.
  static func small(_ name: String = "vm1", dirtyRate: UInt64 = 64 << 20, seed: UInt64 = 7) -> VMProfile {
    VMProfile(
      name: name, memory: Bytes(8 << 20), zeroShare: 0.2, compressibleShare: 0.3, dirtyRate: Bytes(dirtyRate),
      seed: seed)
  }
}

extension MemoryImage {
  /// One digest over all bytes, independent of the engine's tables.
  var digest: Digest { Digest(of: base, count: byteCount) }
}

/// Migrates a VM to `target` and returns the source's figures. The VM's writers run.
func migrate(
  _ vm: VirtualMachine, to target: Endpoint..., rule: ConvergenceRule = .init(),
  over transport: TransportOptions = .init(security: .plain), id: UInt64 = 1, control: MigrationControl = .init(),
  progress: MigrationProgress = .init()
) -> MigrationFigures {
  vm.start()
  return MigrationSource(
    vm: vm, options: .init(target: target, rule: rule, transport: transport, migration: (id, 2)), progress: progress,
    control: control
  ).migrate()
}
