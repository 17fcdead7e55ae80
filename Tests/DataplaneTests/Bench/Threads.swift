import Glibc

/// Runs `body` on `count` threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  final class Box: Sendable {
    let index: Int
    let body: @Sendable (Int) -> Void

    init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) { (self.index, self.body) = (index, body) }
  }
  var threads = [pthread_t](repeating: pthread_t(), count: count)
  for i in 0..<count {
    let box = Unmanaged.passRetained(Box(i, body))
    let result = pthread_create(
      &threads[i], nil,
      { argument in
        let box = Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue()
        box.body(box.index)
        return nil
      }, box.toOpaque())
    precondition(result == 0)
  }
  for thread in threads { pthread_join(thread, nil) }
}
