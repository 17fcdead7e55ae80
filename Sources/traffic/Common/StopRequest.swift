import Glibc
import Synchronization

/// SIGINT and SIGTERM ask a command to end and to print what it has.
enum StopRequest {
  private static let requested = Atomic(false)

  static var isMade: Bool { requested.load(ordering: .relaxed) }

  /// Blocking calls are interrupted, not restarted: their loops ask `isMade`.
  static func install() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in StopRequest.requested.store(true, ordering: .relaxed) }
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
  }
}
