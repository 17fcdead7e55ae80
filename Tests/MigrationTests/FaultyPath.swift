import Glibc
import Migration
import Synchronization
import Units

/// A relay between source and target that does one wrong thing at a given byte of one direction, counted over all its
/// connections.
final class FaultyPath: Sendable {
  enum Fault: Sendable {
    case none
    /// One bit of the byte is turned over.
    case flip
    /// All connections are cut, and those that come until so much later.
    case cut(for: Nanoseconds)
    /// Nothing comes through any more.
    case cutForGood
    /// Everything stands still for so long.
    case delay(Nanoseconds)
    /// The closure runs, then nobody listens any more.
    case call(@Sendable () -> Void)
  }

  private struct State {
    var listener: TCPListener?
    var forward = 0
    var backward = 0
    var isDone = false
    var cutUntil: Nanoseconds?
    var open: [TCPConnection] = []
    var threads: [JoinableThread] = []
  }

  private let state: Mutex<State>
  private let acceptor: Mutex<JoinableThread?> = Mutex(nil)
  private let fault: Fault
  private let offset: Int
  private let isBackward: Bool
  let endpoint: Endpoint

  init(to target: Endpoint, _ fault: Fault = .none, at offset: Int = 0, backward: Bool = false) throws {
    let listener = try TCPListener(Endpoint(host: "127.0.0.1", port: 0))
    (self.fault, self.offset, isBackward, endpoint) = (fault, offset, backward, listener.endpoint)
    state = Mutex(State(listener: listener))
    acceptor.withLock { $0 = JoinableThread(name: "path") { [weak self] in Self.accept(listener, target) { self } } }
  }

  /// Holds the path only between two connections, so that a path that nobody needs goes.
  private static func accept(_ listener: TCPListener, _ target: Endpoint, path: () -> FaultyPath?) {
    while let (source, _) = listener.accept() {
      guard let path = path(), !path.isCut,
        let target = try? TCPConnection.connect(to: target, sourcePort: nil, place: "path")
      else {
        source.reset()
        continue
      }
      path.state.withLock { state in
        state.open += [source, target]
        state.threads.append(JoinableThread(name: "there") { path.relay(from: source, to: target, backward: false) })
        state.threads.append(JoinableThread(name: "back") { path.relay(from: target, to: source, backward: true) })
      }
    }
  }

  /// Whether the byte has come by at which something goes wrong.
  var hasStruck: Bool {
    if case .none = fault { return false }
    return state.withLock { $0.isDone }
  }

  private var isCut: Bool {
    let now = Nanoseconds(monotonicNow())
    return state.withLock { state in state.cutUntil.map { now < $0 } ?? false }
  }

  func close() {
    cut()
    state.withLock { $0.listener }?.stop()
    state.withLock { $0.listener = nil }
    acceptor.withLock { $0?.join() }
    let threads = state.withLock { state in
      defer { state.threads = [] }
      return state.threads
    }
    for thread in threads { thread.join() }
  }

  private func cut() {
    let open = state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for connection in open { connection.shutdown() }
  }

  private func relay(from: TCPConnection, to: TCPConnection, backward: Bool) {
    var isTaken = true
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(from.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      let place = state.withLock { state -> Int? in
        let before = backward ? state.backward : state.forward
        if backward { state.backward += count } else { state.forward += count }
        guard backward == isBackward, !state.isDone, (before..<(before + count)).contains(offset) else { return nil }
        state.isDone = true
        return offset - before
      }
      if let place, strikes(&buffer, place) { break }
      // A receiver that is gone may have left words on the way back: what comes after is for nobody.
      if isTaken { isTaken = (try? to.send(Array(buffer[..<count]))) != nil }
    }
    from.shutdown()
    to.shutdown()
  }

  /// Does the wrong thing; whether the connection ends.
  private func strikes(_ buffer: inout [UInt8], _ place: Int) -> Bool {
    switch fault {
    case .none: return false
    case .flip:
      buffer[place] ^= 4
      return false
    case .delay(let time):
      usleep(UInt32(time.count / 1000))
      return false
    case .cut(let time):
      state.withLock { $0.cutUntil = Nanoseconds(monotonicNow() + time.count) }
      cut()
      return true
    case .cutForGood:
      state.withLock { $0.cutUntil = Nanoseconds(.max) }
      cut()
      return true
    case .call(let body):
      // Nobody listens any more, and that is what the next connection finds.
      state.withLock { $0.listener }?.stop()
      state.withLock { $0.listener = nil }
      acceptor.withLock { $0?.join() }
      acceptor.withLock { $0 = nil }
      body()
      cut()
      return true
    }
  }
}

/// CLOCK_MONOTONIC.
private func monotonicNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
