import Dataplane
import Units

/// One port: an element of `show ports`.
public struct PortStatus: Codable, Sendable, Equatable {
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// A vport over a network device that exists without the switch (veth, tap, NIC).
    case netdev
    /// The host's own vNIC: a tap device that the switch made and holds.
    case host
    /// A port to the physical network.
    case uplink
  }

  /// How frames cross between the device and the switch.
  public enum Mode: String, Codable, Sendable, CaseIterable {
    /// AF_XDP; the device reads and writes the frame arena itself.
    case zerocopy
    /// AF_XDP in copy mode, XDP run by the driver.
    case native
    /// AF_XDP in copy mode, XDP run by the network stack on every device.
    case generic
    /// The descriptors of a tap device.
    case tap
  }

  public enum State: String, Codable, Sendable, CaseIterable {
    case up
    /// The device is there, without carrier or administratively down.
    case down
    /// The device was deleted; the port waits for the same name to come back.
    case gone
  }

  /// How frames come in over a netdev.
  public enum Ingress: String, Codable, Sendable, CaseIterable {
    /// Generic XDP, multi-buffer: super-frames come in whole.
    case `super`
    /// XDP in the driver.
    case native
  }

  public var name: String
  public var kind: Kind
  /// The device's name on the host.
  public var netdev: String
  public var mode: Mode
  /// Why this mode and not a faster one, in words; `null` when nothing faster exists for such a device.
  @Nullable public var modeReason: String?
  /// `null` for a host port.
  @Nullable public var ingress: Ingress?
  public var state: State
  /// The address of the device attached to the port; `null` for an uplink, or while it is not known.
  @Nullable public var mac: MACAddress?
  /// Its part in port mirroring.
  public var mirror = PortMirroring.none
  /// Bytes of the longest layer-3 packet the device takes.
  public var mtu = 0
  /// Receive queues of the device that the switch serves.
  public var queues = 0
  /// From the device into the switch. A super-frame counts once; bytes are without FCS.
  public var receivedFrames: UInt64 = 0
  public var receivedBytes: UInt64 = 0
  /// From the switch to the device, given to the kernel.
  public var transmittedFrames: UInt64 = 0
  public var transmittedBytes: UInt64 = 0
  /// Of these, the ones that held several segments.
  public var superFramesReceived: UInt64 = 0
  public var superFramesSent: UInt64 = 0
  /// Segments that were joined on their way to this port (RSC), and the super-frames they became.
  public var segmentsJoined: UInt64 = 0
  public var joinedFramesSent: UInt64 = 0
  /// Segments in a joined frame, on average; `null` when nothing was joined.
  @Nullable public var averageRun: Double?
  /// Frames dropped at this port, by reason; reasons that never occurred may be left out.
  public var drops: [String: UInt64] = [:]
  /// The kernel's socket statistics, one element a device queue; empty for a host port.
  public var kernel: [KernelQueueStatus] = []

  public init(name: String, kind: Kind, netdev: String, mode: Mode, state: State) {
    self.name = name
    self.kind = kind
    self.netdev = netdev
    self.mode = mode
    self.state = state
    modeReason = nil
    ingress = nil
    mac = nil
    averageRun = nil
  }
}

/// XDP_STATISTICS of a (netdev, queue), summed over its sockets (kernel, Documentation/networking/af_xdp.rst).
public struct KernelQueueStatus: Codable, Sendable, Equatable {
  /// The device queue's index.
  public var queue: Int
  /// Frames dropped for other reasons than a full RX ring, e.g. longer than a chunk.
  public var rxDropped: UInt64 = 0
  /// Descriptors in FILL that the kernel refused.
  public var rxInvalidDescriptors: UInt64 = 0
  /// Descriptors in TX that the kernel refused, each with its frame.
  public var txInvalidDescriptors: UInt64 = 0
  /// Frames dropped because the RX ring was full: the worker was too slow.
  public var rxRingFull: UInt64 = 0
  /// How often the kernel found no chunk in FILL.
  public var fillRingEmpty: UInt64 = 0
  /// How often the kernel found nothing in TX.
  public var txRingEmpty: UInt64 = 0

  public init(queue: Int) { self.queue = queue }
}
