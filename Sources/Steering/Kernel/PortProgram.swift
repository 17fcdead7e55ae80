import CMillraceABI
import CXDP
import Glibc
import Synchronization
import Units

/// Where the XDP program runs.
public enum AttachMode: String, Sendable, Codable {
  /// In the driver, before an sk_buff exists (XDP_FLAGS_DRV_MODE).
  case native
  /// In the stack, on sk_buffs (XDP_FLAGS_SKB_MODE): super-frames arrive whole.
  case generic
}

/// What the kernel holds about a frame beside its bytes.
public enum KernelContext: Hashable, Sendable {
  /// Nothing that can be asked: a NIC's native XDP.
  case none
  /// Native XDP on a veth: checksum state, VLAN tag and segment size.
  case veth
  /// Generic XDP: segment size.
  case generic

  var constant: UInt32 {
    switch self {
    case .none: UInt32(MR_CONTEXT_NONE)
    case .veth: UInt32(MR_CONTEXT_VETH)
    case .generic: UInt32(MR_CONTEXT_GENERIC)
    }
  }
}

/// What one port's program has done, summed over CPUs.
public struct ProgramCounters: Hashable, Sendable {
  /// Frames given to a worker's socket (which may still drop them when its ring is full).
  public var redirected: UInt64
  /// Frames left to the host because no socket was bound.
  public var withoutSocket: UInt64
  /// Frames dropped because the driver gives no room for metadata.
  public var withoutMetadata: UInt64

  public init(redirected: UInt64 = 0, withoutSocket: UInt64 = 0, withoutMetadata: UInt64 = 0) {
    (self.redirected, self.withoutSocket, self.withoutMetadata) = (redirected, withoutSocket, withoutMetadata)
  }
}

/// The XDP program of one port, loaded, with its own socket map and counters.
///
/// `attach` puts it on a netdev by a bpf_link that this object holds: however the process ends, the netdev is as
/// before. May be used from any thread.
public final class PortProgram: Sendable {
  public let port: PortID
  public let context: KernelContext
  /// Netdev queues the socket map has room for.
  public let netdevQueues: Int
  /// For BPF_PROG_TEST_RUN.
  public var descriptor: Int32 { object.programDescriptor("millrace") }

  let object: BPFObject
  private let sockets: BPFMap
  private let counterMap: BPFMap
  private let givenMap: BPFMap
  private let given: MappedArray
  private let link = Mutex<Link?>(nil)

  /// Whether this kernel has BTF, without which every `KernelContext` is as good as `none`.
  public static var kernelCanBeAsked: Bool { BPFObject.kernelHasBTF }

  private struct Link {
    let descriptor: Int32
    let netdev: String
  }

  /// Loads the program for a port.
  /// - Parameters:
  ///   - place: the netdev's name, for errors.
  ///   - netdevQueues: receive queues of the netdev, 1 to 64.
  ///   - asksKernel: false loads the program that needs no BTF and treats every context as `none`.
  /// - Throws: `SteeringError`: no privileges, or a kernel that refuses the program.
  public init(
    port: PortID, place: String, context: KernelContext, netdevQueues: Int = 1, maps: SteeringMaps,
    asksKernel: Bool = PortProgram.kernelCanBeAsked
  ) throws(SteeringError) {
    var constants = mr_constants()
    constants.port = UInt32(port.index)
    constants.contextKind = context.constant
    object = try BPFObject.load(
      program: "millrace", place: place, constants: constants, reusing: maps.all,
      sockets: netdevQueues * MR_MAX_WORKERS, asksKernel: asksKernel)
    sockets = object.map("xsks")
    counterMap = object.map("counters")
    givenMap = object.map("given")
    given = try MappedArray(givenMap, entries: netdevQueues * MR_MAX_WORKERS, place: place)
    (self.port, self.context, self.netdevQueues) = (port, context, netdevQueues)
  }

  deinit { detach() }

  /// Attaches to a netdev; the link dies with this object.
  /// - Throws: `SteeringError`: EBUSY when another XDP program is there, ENODEV, EOPNOTSUPP (no native XDP)…
  public func attach(netdev: String, index: UInt32, mode: AttachMode) throws(SteeringError) {
    var options = bpf_link_create_opts()
    options.sz = MemoryLayout<bpf_link_create_opts>.size
    options.flags = UInt32(mode == .native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE)
    let descriptor = bpf_link_create(self.descriptor, Int32(index), BPF_XDP, &options)
    if descriptor < 0 {
      // The kernel says EINVAL also when there is no such netdev.
      var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
      let exists = if_indextoname(index, &name) != nil
      throw SteeringError(
        place: netdev, operation: "attach the XDP program (\(mode.rawValue))", errno: exists ? descriptor : ENODEV)
    }
    detach()
    link.withLock { $0 = Link(descriptor: descriptor, netdev: netdev) }
  }

  /// Takes the program off its netdev, if it is on one.
  public func detach() {
    link.withLock { link in
      if let link { close(link.descriptor) }
      link = nil
    }
  }

  public var isAttached: Bool { link.withLock { $0 != nil } }

  /// Names the AF_XDP socket, bound to this netdev queue, that takes a worker's frames.
  public func setSocket(queue: Int, worker: WorkerID, descriptor: Int32) throws(SteeringError) {
    try sockets.set(key(queue, worker), descriptor)
  }

  /// Where the program counts the frames it gave a worker's socket, dropped ones included: `mr_frame_metadata.number`
  /// of the newest. Nil in generic mode, which numbers none. Valid as long as this object.
  public func framesGiven(queue: Int, worker: WorkerID) -> UnsafePointer<UInt64>? {
    context == .generic ? nil : given.words + Int(key(queue, worker))
  }

  private func key(_ queue: Int, _ worker: WorkerID) -> UInt32 {
    UInt32(queue * MR_MAX_WORKERS + Int(worker.index))
  }

  /// - Parameter cpus: of what these did alone; nil: all.
  public func counters(of cpus: [Int]? = nil) throws(SteeringError) -> ProgramCounters {
    let possible = max(Int(libbpf_num_possible_cpus()), 1)
    var values = [UInt64](repeating: 0, count: possible * MR_COUNTERS)
    var zero: UInt32 = 0
    let result = bpf_map_lookup_elem(counterMap.descriptor, &zero, &values)
    if result < 0 { throw SteeringError(place: "port \(port.index)", operation: "read counters", errno: result) }
    let meant = cpus?.filter { $0 < possible } ?? Array(0..<possible)
    func sum(_ counter: Int) -> UInt64 {
      meant.reduce(0) { $0 &+ values[$1 * MR_COUNTERS + counter] }
    }
    return ProgramCounters(
      redirected: sum(MR_COUNT_REDIRECTED), withoutSocket: sum(MR_COUNT_NO_SOCKET),
      withoutMetadata: sum(MR_COUNT_NO_METADATA))
  }
}
