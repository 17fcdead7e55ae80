import Glibc

/// A file descriptor of its own: closed when it goes.
struct Descriptor: ~Copyable {
  let number: Int32

  /// - Parameter number: a descriptor, or an errno value below zero, as C helpers and libbpf return them.
  init(_ number: Int32, _ what: @autoclosure () -> String) throws(TrafficError) {
    guard number >= 0 else { throw .refused(what(), -number) }
    self.number = number
  }

  deinit { close(number) }
}
