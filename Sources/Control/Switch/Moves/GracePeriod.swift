import CLinux
import Dispatch

/// The time after which no XDP program runs any more that began before, nor any driver's poll that it ran in.
enum GracePeriod {
  /// Some 10 ms. A kernel that does not tell (no CONFIG_MEMBARRIER) is given a tenth of a second.
  static func pass() async {
    let result = await withCheckedContinuation { continuation in
      // The call blocks: not for a thread that tasks run on.
      DispatchQueue.global().async { continuation.resume(returning: ml_kernel_grace_period()) }
    }
    if result != 0 { try? await Task.sleep(for: .milliseconds(100)) }
  }
}
