import CLinux
import Glibc
import Synchronization
import Units

/// The host's own vNIC: a tap device that the switch creates and holds, one queue for each worker, with vnet headers
/// so that super-frames and unfinished checksums pass whole. The device ends with the process.
public final class HostPort: @unchecked Sendable {
  public static let defaultMTU = 1500

  public let name: String
  /// Index: worker. Queue i belongs to worker i, as the steering program returns it.
  public let queues: [Int32]
  /// Index: worker.
  public let io: [PortIO]
  private let seenDropped = Mutex<UInt64>(0)

  /// Creates the device. `steering` is the descriptor of the steering program. Throws `PortError`; the device is gone
  /// again then.
  public init(name: String, address: MACAddress?, mtu: Int, workers: Int, steering: Int32) throws(PortError) {
    self.name = name
    var opened: [Int32] = []
    func fault(_ what: String, _ code: Int32, _ fix: String) -> PortError {
      for fd in opened { Glibc.close(fd) }
      return PortError(name, what, code: code, fix: fix)
    }
    for _ in 0..<workers {
      let fd = ml_tap_open(name)
      guard fd >= 0 else {
        throw fault("creating the tap device", -fd, "run as root, with the tun module and no other device of that name")
      }
      opened.append(fd)
    }
    var result = ml_tap_set_steering(opened[0], steering)
    guard result == 0 else {
      throw fault("loading the steering program", -result, "a kernel of 6.6 or newer is needed")
    }
    if let address {
      do throws(PortError) { try Self.setAddress(address, of: name) } catch {
        for fd in opened { Glibc.close(fd) }
        throw error
      }
    }
    result = ml_netdev_set_mtu(name, Int32(mtu))
    guard result == 0 else { throw fault("setting MTU \(mtu)", -result, "choose an MTU from 68 to 9216") }
    result = ml_netdev_set_up(name)
    guard result == 0 else { throw fault("setting the device up", -result, "run as root") }
    queues = opened
    io = opened.map { fd in
      var io = PortIO(kind: .host)
      io.tap = fd
      io.maximumFrame = UInt32(mtu + 14)
      io.superFrames = SuperFrameKinds.all.rawValue
      return io
    }
  }

  /// Throws `PortError`; the address is as it was then.
  public func setAddress(_ address: MACAddress) throws(PortError) { try Self.setAddress(address, of: name) }

  private static func setAddress(_ address: MACAddress, of name: String) throws(PortError) {
    let result = ml_netdev_set_address(name, address.bytes)
    guard result == 0 else {
      throw PortError(name, "setting the address \(address)", code: -result, fix: "choose a unicast address")
    }
  }

  /// Frames that the host sent while the device's queues were full.
  public var dropped: UInt64 {
    // A device that is gone tells nothing any more.
    seenDropped.withLock {
      $0 = max($0, UInt64(ml_netdev_transmit_dropped(name)))
      return $0
    }
  }

  /// Closes the queues; the device disappears with the last.
  public func close() { for fd in queues { Glibc.close(fd) } }
}
