import Glibc

/// A BPF operation the kernel refused, as one line: where, what failed, what to do.
public struct SteeringError: Error, Sendable, CustomStringConvertible {
  /// The netdev, tap or map concerned.
  public let place: String
  /// What was tried, as a verb phrase: `attach the XDP program`.
  public let operation: String
  /// The kernel's errno, positive.
  public let errno: Int32
  /// What libbpf or the verifier said last, if anything.
  public let detail: String

  public init(place: String, operation: String, errno: Int32, detail: String = "") {
    (self.place, self.operation, self.errno, self.detail) = (place, operation, abs(errno), detail)
  }

  public var description: String {
    let said = detail.isEmpty ? "" : " (\(detail))"
    return "\(place): cannot \(operation): \(Self.name(errno))\(said); \(remedy)"
  }

  /// The driver cannot run XDP natively in the netdev's present shape; generic mode can.
  public var isUnsupported: Bool { [EOPNOTSUPP, Self.notSupported, ERANGE, ENOSPC, EINVAL].contains(errno) }

  /// The kernel's own ENOTSUPP, which some drivers leak.
  static let notSupported: Int32 = 524

  static func name(_ errno: Int32) -> String {
    errno == notSupported ? "Operation not supported" : String(cString: strerror(errno))
  }

  /// What to do about it.
  public var remedy: String {
    switch errno {
    case EBUSY, EEXIST:
      "another XDP program is attached; `bpftool net show dev \(place)` or `ip link show \(place)` names it; detach it"
    case EPERM,
      EACCES where detail.isEmpty:
      "run as root, or with CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON"
    case ENODEV, ENXIO: "the netdev is gone; create it, or take the port out of the configuration"
    case EOPNOTSUPP, Self.notSupported:
      "the driver has no native XDP; use `ingress: super` (generic XDP), which takes no trunk"
    case ERANGE:
      "the MTU (on a veth: its peer's) is too large for native XDP; lower it, or use `ingress: super`, which takes no trunk"
    case ENOSPC: "the peer has more transmit queues than this netdev receive queues; make them equal with `ethtool -L`"
    case ENOMEM: "raise the locked-memory limit with `ulimit -l unlimited`, or use fewer ports"
    default: "this needs kernel 6.8 or newer; `uname -r` shows yours"
    }
  }
}
