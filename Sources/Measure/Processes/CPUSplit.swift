/// How a machine's CPUs are divided where workers are emulated cores: they have the first half and the hosts the other,
/// so that what an emulated core pays for is the switch's work alone. A single CPU is shared.
package struct CPUSplit: Sendable {
  /// CPUs of the machine.
  let count: Int

  var workers: [Int] { Array(0..<max(1, count / 2)) }
  var hosts: [Int] { count > 1 ? Array(count / 2..<count) : [0] }

  /// The CPU of each of so many workers.
  func workers(_ number: Int) -> [Int] { (0..<number).map { workers[$0 % workers.count] } }

  /// CPUs as the kernel reads them: groups of 32 bits in hexadecimal, the highest first.
  package static func mask(_ cpus: [Int]) -> String {
    let groups = (cpus.max() ?? 0) / 32 + 1
    return (0..<groups).reversed().map { group in
      let bits = cpus.filter { $0 / 32 == group }.reduce(UInt32(0)) { $0 | 1 << UInt32($1 % 32) }
      return String(bits, radix: 16)
    }.joined(separator: ",")
  }
}
