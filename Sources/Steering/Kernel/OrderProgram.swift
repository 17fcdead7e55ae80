import CLinux
import CMillraceABI
import CMillraceBPF
import CXDP
import Glibc

/// Counts, where hosts receive them, the TCP packets that come behind a later one of their flow (`bpf/order.bpf.c`). For
/// experiments: TCP's own counters of reordering also rise when segments are lost.
///
/// Watches until it is released.
public final class OrderProgram: Sendable {
  public struct Count: Equatable, Sendable {
    public var packets: UInt64
    /// Numbers that were passed over: packets lost on the way.
    public var missing: UInt64
    public var outOfOrder: UInt64
  }

  private let object: BPFObject
  private let sockets: [Int32]

  /// - Parameter namespaces: names (ip-netns(8)) of the hosts.
  /// - Throws: `SteeringError`: EPERM without privileges, ENODEV or ENOENT for what is not there.
  public init(hosts namespaces: [String], device: String) throws(SteeringError) {
    object = try BPFObject.loadOrder()
    let program = object.programDescriptor("millrace_order")
    var opened: [Int32] = []
    for namespace in namespaces {
      let socket = ml_packet_filter("/run/netns/\(namespace)", device, program)
      guard socket >= 0 else {
        for socket in opened { close(socket) }
        throw SteeringError(place: namespace, operation: "watch \(device)", errno: socket)
      }
      opened.append(socket)
    }
    sockets = opened
  }

  deinit { for socket in sockets { close(socket) } }

  /// For BPF_PROG_TEST_RUN. Valid as long as this program.
  package var descriptor: Int32 { object.programDescriptor("millrace_order") }

  /// Of all hosts together, so far.
  public func count() throws(SteeringError) -> Count {
    let count = try object.map("order_count").get(UInt32(0), mr_order_count()) ?? mr_order_count()
    return Count(packets: count.packets, missing: count.missing, outOfOrder: count.outOfOrder)
  }
}
