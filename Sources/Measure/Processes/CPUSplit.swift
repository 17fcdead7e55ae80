/// How a machine's CPUs are divided where workers are emulated cores: they have the first half and the hosts the other,
/// so that what an emulated core pays for is the switch's work alone. A single CPU is shared.
package struct CPUSplit: Sendable {
  /// CPUs of the machine.
  let count: Int

  var workers: [Int] { Array(0..<max(1, count / 2)) }
  var hosts: [Int] { count > 1 ? Array(count / 2..<count) : [0] }

  /// The CPU of each of so many workers.
  func workers(_ number: Int) -> [Int] { (0..<number).map { workers[$0 % workers.count] } }
}
