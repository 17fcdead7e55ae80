import CLinux

/// The CPUs that a worker of this process may be pinned to.
public enum HostCPUs {
  public static func exists(_ cpu: Int) -> Bool { cpu < 1024 && ml_cpu_exists(Int32(clamping: cpu)) == 1 }

  /// `0-3, 8`: the CPUs for which `exists` holds, of the first 1,024.
  public static func list(_ exists: (Int) -> Bool) -> String {
    var ranges: [ClosedRange<Int>] = []
    for cpu in 0..<1024 where exists(cpu) {
      if let last = ranges.last, last.upperBound == cpu - 1 {
        ranges[ranges.count - 1] = last.lowerBound...cpu
      } else {
        ranges.append(cpu...cpu)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ", ")
  }
}
