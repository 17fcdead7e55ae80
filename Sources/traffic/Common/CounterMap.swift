import CXDP
import Glibc

/// 64-bit counters that an XDP program adds to and this process reads, one set a CPU.
struct CounterMap: ~Copyable {
  private let map: Descriptor
  var descriptor: Int32 { map.number }
  private let counters: Int
  private let cpus: Int

  init(counters: Int) throws(TrafficError) {
    self.counters = counters
    cpus = Int(libbpf_num_possible_cpus())
    map = try Descriptor(
      bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", 4, UInt32(8 * counters), 1, nil), "BPF map")
  }

  /// Each counter, summed over the CPUs.
  func read() -> [Int] {
    var key: UInt32 = 0
    var values = [UInt64](repeating: 0, count: counters * cpus)
    bpf_map_lookup_elem(descriptor, &key, &values)
    return (0..<counters).map { counter in
      Int((0..<cpus).reduce(0) { $0 &+ values[$1 * counters + counter] })
    }
  }
}
