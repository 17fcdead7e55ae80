import Dispatch
import Glibc

/// Something that signals bring about in place of their default, from now on until `cancel`.
struct SignalHandler {
  private let sources: [any DispatchSourceSignal]

  init(_ signals: Int32..., handler: @escaping @Sendable () -> Void) {
    sources = signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler(handler: handler)
      source.resume()
      return source
    }
  }

  /// Something that ends a command in order: brought about by SIGINT, SIGTERM, and SIGHUP unless it is ignored (nohup).
  static func ending(_ handler: @escaping @Sendable () -> Void) -> [SignalHandler] {
    var hangUp = sigaction()
    sigaction(SIGHUP, nil, &hangUp)
    // SAFETY: never called; both are only compared as addresses.
    let disposition = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self)
    let handlers = [SignalHandler(SIGINT, SIGTERM, handler: handler)]
    if disposition == unsafeBitCast(SIG_IGN, to: Int.self) { return handlers }
    return handlers + [SignalHandler(SIGHUP, handler: handler)]
  }

  func cancel() { for source in sources { source.cancel() } }

  /// Runs `body` in a task that `ending` signals cancel; throws `stopped` when one has, once `body` has undone what it
  /// set up. For what starts programs in sessions of their own, which no signal of the terminal reaches.
  static func cancelling<R: Sendable>(
    orThrow stopped: some Error, _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let work = Task { try await body() }
    let handlers = ending { work.cancel() }
    defer { for handler in handlers { handler.cancel() } }
    do { return try await work.value } catch  where work.isCancelled { throw stopped }
  }
}
