/// CPUs as the kernel's files read and write them: groups of 32 bits in hexadecimal, the highest first (sysfs).
public enum CPUMask {
  public static func text(_ cpus: [Int]) -> String {
    let groups = (cpus.max() ?? 0) / 32 + 1
    return (0..<groups).reversed().map { group in
      let bits = cpus.filter { $0 / 32 == group }.reduce(UInt32(0)) { $0 | 1 << UInt32($1 % 32) }
      return String(bits, radix: 16)
    }.joined(separator: ",")
  }
}
