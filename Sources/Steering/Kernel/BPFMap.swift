import CXDP
import Glibc

/// One map by its descriptor; keys and values are trivial C structs. Every call is a system call.
struct BPFMap: Sendable {
  let descriptor: Int32
  let name: String

  func set<Key: BitwiseCopyable, Value: BitwiseCopyable>(_ key: Key, _ value: Value) throws(SteeringError) {
    var (key, value) = (key, value)
    try check(bpf_map_update_elem(descriptor, &key, &value, UInt64(BPF_ANY)), "write map \(name)")
  }

  /// Nil when the key is not there.
  func get<Key: BitwiseCopyable, Value: BitwiseCopyable>(
    _ key: Key, _ empty: Value
  ) throws(SteeringError) -> Value? {
    var (key, value) = (key, empty)
    let result = bpf_map_lookup_elem(descriptor, &key, &value)
    if result == -ENOENT { return nil }
    try check(result, "read map \(name)")
    return value
  }

  /// Removing what is not there is no error.
  func remove<Key: BitwiseCopyable>(_ key: Key) throws(SteeringError) {
    var key = key
    let result = bpf_map_delete_elem(descriptor, &key)
    if result != -ENOENT { try check(result, "write map \(name)") }
  }

  private func check(_ result: Int32, _ operation: String) throws(SteeringError) {
    if result < 0 { throw SteeringError(place: "steering", operation: operation, errno: result) }
  }
}
