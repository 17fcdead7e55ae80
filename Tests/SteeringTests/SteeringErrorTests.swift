import Glibc
import Steering
import Testing

struct SteeringErrorTests {
  @Test(
    "every refusal is one line with place, fault and what to do",
    arguments: [
      (EBUSY, "bpftool net show dev eth1"), (EEXIST, "ip link show eth1"), (EPERM, "root"), (ENODEV, "gone"),
      (EOPNOTSUPP, "generic XDP"), (524, "generic XDP"), (ERANGE, "MTU"), (ENOSPC, "ethtool -L"),
      (ENOMEM, "ulimit -l"), (EINVAL, "kernel 6.8"),
    ])
  func texts(_ errno: Int32, _ remedy: String) {
    let error = SteeringError(place: "eth1", operation: "attach the XDP program", errno: -errno)
    #expect(error.description.hasPrefix("eth1: cannot attach the XDP program: "))
    #expect(error.description.contains(remedy))
    #expect(!error.description.contains("\n"))
    #expect(error.errno == errno)
  }

  @Test("what libbpf said stands in the line; a verifier's refusal is no lack of privilege")
  func detail() {
    let error = SteeringError(
      place: "eth1", operation: "load the BPF program", errno: EACCES, detail: "R4 unbounded memory access")
    #expect(error.description.contains("(R4 unbounded memory access)"))
    #expect(!error.description.contains("root"))
  }
}
