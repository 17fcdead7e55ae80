import CLinux
import Glibc
import Units

/// How many threads may compress, so that compression takes idle cycles only: fewer when threads that compress have to
/// wait for a CPU, since then others want it. Pure: the clock is a parameter.
package struct IdleCycles: Sendable {
  /// Threads that may compress now.
  package private(set) var limit: Int
  /// How often it went down.
  package private(set) var backoffs = 0
  private let most: Int
  private var holdUntil = Nanoseconds(0)
  private var run = 0.0
  private var waited = 0.0

  /// Judged over this much CPU time and waiting together.
  private static let window = 0.02
  private static let tooLong = 0.2
  /// For the last thread: its own migration's other threads want a CPU now and then.
  private static let tooLongForOne = 0.4
  private static let hold = Nanoseconds.milliseconds(500)
  private static let step = Nanoseconds.milliseconds(100)

  package init(threads: Int) {
    most = threads
    limit = threads
  }

  /// A thread that compressed ran so long, and waited so long for a CPU.
  package mutating func note(ran: Nanoseconds, waited: Nanoseconds, at now: Nanoseconds) {
    run += ran.seconds
    self.waited += waited.seconds
    guard run + self.waited >= Self.window else { return }
    let share = self.waited / (run + self.waited)
    (run, self.waited) = (0, 0)
    if limit > 0, share > (limit > 1 ? Self.tooLong : Self.tooLongForOne) {
      limit /= 2
      backoffs += 1
      holdUntil = now + Self.hold
    }
  }

  /// To be asked now and then: gives a thread back when nothing has spoken against it for a while.
  package mutating func recover(at now: Nanoseconds) {
    guard limit < most, now >= holdUntil else { return }
    limit += 1
    holdUntil = now + Self.step
  }
}

/// The CPU time of the calling thread and how long it was ready to run but had no CPU (proc(5), schedstat).
struct RunQueueClock {
  private let descriptor: Int32

  init() { descriptor = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC) }

  func close() { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

  /// nil where the kernel does not say.
  func read() -> (ran: Nanoseconds, waited: Nanoseconds)? {
    guard descriptor >= 0 else { return nil }
    var text = [UInt8](repeating: 0, count: 96)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { return nil }
    let words = text[..<count].split { $0 == 32 || $0 == 10 }.map { UInt64(String(decoding: $0, as: UTF8.self)) ?? 0 }
    return words.count >= 2 ? (Nanoseconds(words[0]), Nanoseconds(words[1])) : nil
  }
}

/// Work below everything else: the calling thread is nicest while it runs. Only root may take niceness back.
struct NiceSection {
  private let own: Int32?
  /// To Linux, "this process" is the calling thread.
  private static let thread = __priority_which_t(PRIO_PROCESS.rawValue)

  init() { own = geteuid() == 0 ? getpriority(Self.thread, 0) : nil }

  func begin() { if own != nil { _ = setpriority(Self.thread, 0, 19) } }
  func end() { if let own { _ = setpriority(Self.thread, 0, own) } }
}
