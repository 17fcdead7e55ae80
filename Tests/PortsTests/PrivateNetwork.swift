import Glibc
import Synchronization
import Testing

/// Runs `body` on a thread with a network of its own, which goes with the thread.
func withPrivateNetwork(_ body: @escaping @Sendable () throws -> Void) throws {
  let work = Work(body)
  var thread = pthread_t()
  let created = pthread_create(
    &thread, nil,
    { argument in
      Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue().run()
      return nil
    }, Unmanaged.passUnretained(work).toOpaque())
  try #require(created == 0)
  pthread_join(thread, nil)
  if let error = work.failure.withLock({ $0 }) { throw error }
}

/// Runs a program in the calling thread's network and waits. Throws when it fails.
func command(_ words: String...) throws {
  var arguments = words.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var child = pid_t()
  try #require(posix_spawnp(&child, words[0], nil, nil, &arguments, environ) == 0, "\(words)")
  var status: Int32 = 0
  waitpid(child, &status, 0)
  try #require(status == 0, "\(words)")
}

private final class Work: Sendable {
  let body: @Sendable () throws -> Void
  let failure = Mutex<(any Error)?>(nil)

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

  func run() {
    do {
      // Glibc's Swift module hides unshare(2) behind _GNU_SOURCE; 0x40000000 is CLONE_NEWNET.
      let symbol = try #require(dlsym(nil, "unshare"))
      let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
      try #require(unshare(0x4000_0000) == 0)
      try body()
    } catch let error { failure.withLock { $0 = error } }
  }
}
