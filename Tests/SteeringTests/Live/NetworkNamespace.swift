import Glibc
import Synchronization

/// Runs code on a thread of its own in a fresh network namespace, which goes when the thread ends and everything
/// opened in it is closed.
enum NetworkNamespace {
  static func run(_ body: @escaping @Sendable () throws -> Void) throws {
    let work = Work(body)
    var thread = pthread_t()
    let created = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue().run()
        return nil
      }, Unmanaged.passUnretained(work).toOpaque())
    guard created == 0 else { throw Failed(what: "pthread_create", errno: created) }
    pthread_join(thread, nil)
    if let error = work.error.withLock({ $0 }) { throw error }
  }

  /// Runs a program in the calling thread's namespace and waits. Throws when it fails.
  static func command(_ words: String...) throws {
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let spawned = posix_spawnp(&child, words[0], nil, nil, &arguments, environ)
    guard spawned == 0 else { throw Failed(what: words.joined(separator: " "), errno: spawned) }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    guard status == 0 else { throw Failed(what: words.joined(separator: " "), errno: status) }
  }

  struct Failed: Error {
    let what: String
    let errno: Int32
  }

  private final class Work: Sendable {
    let body: @Sendable () throws -> Void
    let error = Mutex<(any Error)?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

    func run() {
      do {
        // Glibc's Swift module hides unshare(2) behind _GNU_SOURCE.
        guard let symbol = dlsym(nil, "unshare") else { throw Failed(what: "dlsym", errno: ENOSYS) }
        let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
        guard unshare(0x4000_0000) == 0 else { throw Failed(what: "unshare(CLONE_NEWNET)", errno: errno) }
        try body()
      } catch let thrown {
        error.withLock { $0 = thrown }
      }
    }
  }
}

/// A veth pair in the calling thread's namespace: frames are sent into `sender` and arrive at `receiver`.
struct VethPair {
  let sender = "sender"
  let receiver = "receiver"
  var senderIndex: UInt32 { if_nametoindex(sender) }
  var receiverIndex: UInt32 { if_nametoindex(receiver) }

  /// - Parameter mtu: of both ends.
  init(mtu: Int = 1500) throws {
    // No IPv6: its neighbour discovery would mix with the frames under test.
    try NetworkNamespace.command("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    try NetworkNamespace.command(
      "ip", "link", "add", sender, "mtu", "\(mtu)", "type", "veth", "peer", "name", receiver, "mtu", "\(mtu)")
    for name in [sender, receiver] { try NetworkNamespace.command("ip", "link", "set", name, "up") }
  }
}
