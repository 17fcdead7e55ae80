import Foundation
import Glibc

/// Idle states of CPUs: what they take to wake up from, and holding them off (kernel: Documentation/power/pm_qos_interface.rst).
enum IdleStates {
  /// Names of the states that a CPU of this machine saves power in; none where a hypervisor keeps them to itself.
  static var names: [String] {
    let place = "/sys/devices/system/cpu/cpu0/cpuidle"
    return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted().compactMap { state in
      let read = { (file: String) in
        (try? String(contentsOfFile: "\(place)/\(state)/\(file)", encoding: .utf8))?.trimmingCharacters(
          in: .whitespacesAndNewlines)
      }
      guard let name = read("name"), let latency = read("latency").flatMap({ Int($0) }) else { return nil }
      // haltpoll asks the hypervisor to sleep: what the processor does then is not ours to tell.
      return latency > 0 && !name.hasPrefix("haltpoll") ? name : nil
    }
  }

  /// Runs `body`, the CPUs kept awake meanwhile when that is asked for.
  static func heldOff<R>(_ isAsked: Bool, _ body: () async throws -> R) async throws -> R {
    guard isAsked else { return try await body() }
    // The wish holds as long as the file is open.
    let wish = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC)
    defer { if wish >= 0 { close(wish) } }
    var microseconds: Int32 = 0
    guard wish >= 0, write(wish, &microseconds, 4) == 4 else {
      throw ExperimentError(.unavailable, "/dev/cpu_dma_latency: \(String(cString: strerror(errno)))")
    }
    return try await body()
  }
}
