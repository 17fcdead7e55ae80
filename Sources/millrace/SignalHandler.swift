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
}
