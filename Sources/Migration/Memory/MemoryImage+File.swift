import Glibc

extension MemoryImage {
  /// Takes the bytes of a file, as far as they and the memory go.
  func read(_ path: String) throws(MigrationError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw MigrationError(path, call: "cannot be opened", errno: errno) }
    defer { close(file) }
    var filled = 0
    while filled < byteCount {
      let count = Glibc.read(file, base + filled, byteCount - filled)
      if count == 0 { return }
      guard count > 0 || errno == EINTR else { throw MigrationError(path, call: "cannot be read", errno: errno) }
      filled += max(0, count)
    }
  }
}
