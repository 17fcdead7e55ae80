import Glibc
import Synchronization
import Testing

/// Runs `body` on a thread with a network of its own, which holds a veth pair `left`-`right` and goes with the thread.
func withPrivateVeth(_ body: @escaping @Sendable () throws -> Void) throws {
  let failure = Mutex<(any Error)?>(nil)
  onThreads(1) { _ in
    do {
      // Glibc's Swift module hides unshare(2) behind _GNU_SOURCE; 0x40000000 is CLONE_NEWNET.
      let symbol = try #require(dlsym(nil, "unshare"))
      let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
      try #require(unshare(0x4000_0000) == 0)
      try command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right")
      for name in ["left", "right"] { try command("ip", "link", "set", name, "up") }
      try body()
    } catch let error { failure.withLock { $0 = error } }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}

private func command(_ words: String...) throws {
  var arguments = words.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var child = pid_t()
  try #require(posix_spawnp(&child, words[0], nil, nil, &arguments, environ) == 0)
  var status: Int32 = 0
  waitpid(child, &status, 0)
  try #require(status == 0, "\(words)")
}
