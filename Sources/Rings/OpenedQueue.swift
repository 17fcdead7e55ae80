import CLinux
import CXDP
import Glibc

/// The sockets of one (netdev, queue) while they are being opened, so that a failure half-way closes them all.
struct OpenedQueue {
  let configuration: DeviceQueue.Configuration
  var descriptors: [Int32] = []
  var rings: [MappedRing] = []
  var sockets: [(receive: xsk_ring_cons, transmit: xsk_ring_prod)] = []
  /// One call sends a whole TX ring.
  var sendsAllAtOnce = false

  /// How long a bind is retried while the kernel still tears an earlier socket down (it does so in a work queue).
  static let busyRetries = 400
  static let busyPause: useconds_t = 10_000
  /// In-flight copy-mode transmissions are bounded by the send buffer; the default holds 92 frames.
  static let sendBuffer: Int32 = 16 << 20

  init(_ configuration: DeviceQueue.Configuration) { self.configuration = configuration }

  /// Opens the socket that carries the UMEM. Returns the shared state and whether the driver does zero-copy.
  mutating func openFirst(arena: FrameArena) throws(RingError) -> (DeviceQueueState, Bool) {
    let fd = try open()
    let hasMetadata = try register(arena, fd)
    try set(fd, XDP_UMEM_FILL_RING, Int32(configuration.ringEntries), "FILL ring")
    try set(fd, XDP_UMEM_COMPLETION_RING, Int32(configuration.completionSize), "COMPLETION ring")
    let offsets = try mapSocketRings(fd)
    let fill = try MappedRing(
      fd: fd, offset: off_t(XDP_UMEM_PGOFF_FILL_RING), layout: offsets.fr, entries: Int(configuration.ringEntries),
      element: 8, netdev: configuration.netdev)
    rings.append(fill)
    let completion = try MappedRing(
      fd: fd, offset: off_t(XDP_UMEM_PGOFF_COMPLETION_RING), layout: offsets.cr,
      entries: Int(configuration.completionSize), element: 8, netdev: configuration.netdev)
    rings.append(completion)
    let copy = configuration.forceCopy ? UInt16(XDP_COPY) : 0
    let chains = configuration.multiBuffer ? UInt16(ML_XDP_USE_SG) : 0
    try bind(fd, flags: UInt16(XDP_USE_NEED_WAKEUP) | chains | copy, shared: 0)
    var options = xdp_options()
    var length = socklen_t(MemoryLayout<xdp_options>.size)
    getsockopt(fd, SOL_XDP, XDP_OPTIONS, &options, &length)
    let isZeroCopy = options.flags & UInt32(XDP_OPTIONS_ZEROCOPY) != 0
    let state = DeviceQueueState(
      fill: fill.producer(offsets.fr, entries: configuration.ringEntries),
      completion: completion.consumer(offsets.cr, entries: configuration.completionSize),
      fillDepth: FillDepth(limit: configuration.outstandingLimit, ring: configuration.ringEntries),
      owner: configuration.owner,
      hasTransmitMetadata: hasMetadata && (!isZeroCopy || configuration.zeroCopyChecksum))
    return (state, isZeroCopy)
  }

  /// Opens another worker's socket on the same queue; it shares UMEM, FILL and COMPLETION with the first.
  mutating func openShared() throws(RingError) {
    let fd = try open()
    _ = try mapSocketRings(fd)
    try bind(fd, flags: UInt16(XDP_SHARED_UMEM), shared: UInt32(descriptors[0]))
  }

  func close() {
    for ring in rings { ring.unmap() }
    for fd in descriptors { Glibc.close(fd) }
  }

  private mutating func open() throws(RingError) -> Int32 {
    let fd = socket(AF_XDP, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard fd >= 0 else { throw fault("opening an AF_XDP socket", "run as root, on a kernel with CONFIG_XDP_SOCKETS") }
    descriptors.append(fd)
    var size = Self.sendBuffer
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, 4)
    return fd
  }

  /// Registers the arena; true when descriptors may carry TX metadata (kernel 6.8; asked for by a flag since 6.11).
  private func register(_ arena: FrameArena, _ fd: Int32) throws(RingError) -> Bool {
    var request = ml_xdp_umem_reg(
      addr: UInt64(UInt(bitPattern: arena.base)), len: UInt64(arena.byteCount),
      chunk_size: UInt32(FrameArena.chunkSize), headroom: 0, flags: UInt32(ML_XDP_UMEM_TX_METADATA_LEN),
      tx_metadata_len: UInt32(MemoryLayout<ml_tx_metadata>.size))
    let size = socklen_t(MemoryLayout<ml_xdp_umem_reg>.size)
    if setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &request, size) == 0 { return true }
    request.flags = 0
    if setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &request, size) == 0 { return true }
    request.tx_metadata_len = 0
    if setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &request, size - 4) == 0 { return false }
    throw fault("registering the frame arena", "give the switch a smaller `arena:` or fewer queues")
  }

  private mutating func mapSocketRings(_ fd: Int32) throws(RingError) -> xdp_mmap_offsets {
    try set(fd, XDP_RX_RING, Int32(configuration.ringEntries), "RX ring")
    try set(fd, XDP_TX_RING, Int32(configuration.transmitSize), "TX ring")
    // Kernel 6.17; older kernels send 32 frames a call and are called again.
    var budget = Int32(configuration.transmitSize)
    sendsAllAtOnce = setsockopt(fd, SOL_XDP, Int32(ML_XDP_MAX_TX_SKB_BUDGET), &budget, 4) == 0
    var offsets = xdp_mmap_offsets()
    var length = socklen_t(MemoryLayout<xdp_mmap_offsets>.size)
    guard getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) == 0 else {
      throw fault("reading AF_XDP ring offsets", "a kernel of 6.6 or newer is needed")
    }
    let element = MemoryLayout<xdp_desc>.size
    let receive = try MappedRing(
      fd: fd, offset: off_t(XDP_PGOFF_RX_RING), layout: offsets.rx, entries: Int(configuration.ringEntries),
      element: element, netdev: configuration.netdev)
    rings.append(receive)
    let transmit = try MappedRing(
      fd: fd, offset: off_t(XDP_PGOFF_TX_RING), layout: offsets.tx, entries: Int(configuration.transmitSize),
      element: element, netdev: configuration.netdev)
    rings.append(transmit)
    sockets.append(
      (
        receive.consumer(offsets.rx, entries: configuration.ringEntries),
        transmit.producer(offsets.tx, entries: configuration.transmitSize)
      ))
    return offsets
  }

  private func set(_ fd: Int32, _ option: Int32, _ value: Int32, _ what: String) throws(RingError) {
    var value = value
    guard setsockopt(fd, SOL_XDP, option, &value, 4) == 0 else {
      throw fault("creating the \(what)", "free some memory")
    }
  }

  private func bind(_ fd: Int32, flags: UInt16, shared: UInt32) throws(RingError) {
    var address = sockaddr_xdp(
      sxdp_family: UInt16(AF_XDP), sxdp_flags: flags, sxdp_ifindex: configuration.interfaceIndex,
      sxdp_queue_id: configuration.queue, sxdp_shared_umem_fd: shared)
    for attempt in 0... {
      let result = withUnsafePointer(to: &address) { pointer in
        // SAFETY: bind reads a sockaddr of the length given; sockaddr_xdp begins as every sockaddr does.
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.bind(fd, $0, socklen_t(MemoryLayout<sockaddr_xdp>.size))
        }
      }
      if result == 0 { return }
      guard errno == EBUSY, attempt < Self.busyRetries else { break }
      usleep(Self.busyPause)
    }
    let fix =
      errno == EBUSY
      ? "another program holds this queue; stop it" : "the driver must support AF_XDP, the kernel be 6.6 or newer"
    throw fault("binding to queue \(configuration.queue)", fix)
  }

  private func fault(_ what: String, _ fix: String) -> RingError {
    RingError("\(configuration.netdev): \(what)", errno, fix)
  }
}
