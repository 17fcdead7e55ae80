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

  func cancel() { for source in sources { source.cancel() } }

  /// Runs `body` in a task that SIGINT and SIGTERM cancel; throws `stopped` when one has, once `body` has undone what it
  /// set up. For what starts programs in sessions of their own, which no signal of the terminal reaches.
  static func cancelling<R: Sendable>(
    orThrow stopped: some Error, _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let work = Task { try await body() }
    let handler = SignalHandler(SIGINT, SIGTERM) { work.cancel() }
    defer { handler.cancel() }
    do { return try await work.value } catch  where work.isCancelled { throw stopped }
  }
}
