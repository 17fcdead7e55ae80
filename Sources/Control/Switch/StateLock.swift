import Glibc

/// Keeps a state directory for one switch, however its process ends (flock(2)).
final class StateLock {
  private let descriptor: Int32

  /// Throws `ControlError` when another switch has the directory; nil where nothing can be kept in it.
  init?(directory: String) throws(ControlError) {
    descriptor = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw .unavailable("another switch keeps its state in \(directory); give this one its own with --state")
    }
  }

  deinit { close(descriptor) }
}
