import Glibc
import Migration
import Synchronization

/// A relay between source and target that does one wrong thing at a given byte of the source's stream.
final class FaultyPath: Sendable {
  enum Fault: Sendable {
    /// One bit of the byte at this offset is turned over.
    case flip(at: Int)
    /// Both connections are cut before the byte at this offset.
    case cut(at: Int)
  }

  private let listener: TCPListener
  private let thread: Mutex<JoinableThread?> = Mutex(nil)

  init(to target: Endpoint, fault: Fault) throws {
    let listener = try TCPListener(Endpoint(host: "127.0.0.1", port: 0))
    self.listener = listener
    thread.withLock {
      $0 = JoinableThread(name: "path") {
        guard let (source, _) = listener.accept(),
          let target = try? TCPConnection.connect(to: target, sourcePort: nil, place: "path")
        else { return }
        let back = JoinableThread(name: "path back") { Self.relay(from: target, to: source, fault: nil) }
        Self.relay(from: source, to: target, fault: fault)
        back.join()
      }
    }
  }

  var endpoint: Endpoint { listener.endpoint }

  func close() {
    listener.stop()
    thread.withLock { $0?.join() }
  }

  private static func relay(from: TCPConnection, to: TCPConnection, fault: Fault?) {
    var (offset, isTaken) = (0, true)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(from.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      switch fault {
      case .flip(let place) where (offset..<(offset + count)).contains(place): buffer[place - offset] ^= 4
      case .cut(let place) where place < offset + count:
        from.shutdown()
        to.shutdown()
        return
      default: break
      }
      offset += count
      // A receiver that is gone may have left words on the way back: what comes after is for nobody.
      if isTaken { isTaken = (try? to.send(Array(buffer[..<count]))) != nil }
    }
    from.shutdown()
    to.shutdown()
  }
}
