import CLinux
import Glibc
import Units

/// The device of a team's member, as the team itself uses it: is its link up, what is its address, and a way out for a
/// frame now and then.
struct MemberDevice {
  let name: String
  private var index: UInt32 = 0
  private var socket: Int32 = -1

  init(name: String) { self.name = name }

  /// Whether the device is there and has its carrier.
  var isUp: Bool { ml_netdev_is_running(name) == 1 }

  var address: MACAddress? {
    var bytes = [UInt8](repeating: 0, count: 6)
    return ml_netdev_address(name, &bytes) == 0 ? MACAddress(bytes: bytes) : nil
  }

  /// Sends frames; those that the device does not take are lost.
  mutating func send(_ frames: [[UInt8]]) {
    let current = if_nametoindex(name)
    if current != index || socket < 0 {
      close()
      index = current
      socket = current == 0 ? -1 : ml_packet_socket(current, 1, 0)
    }
    guard socket >= 0 else { return }
    let header = [UInt8](repeating: 0, count: MemoryLayout<ml_vnet_header>.size)
    for frame in frames {
      let bytes = header + frame
      _ = write(socket, bytes, bytes.count)
    }
  }

  mutating func close() {
    if socket >= 0 { Glibc.close(socket) }
    socket = -1
  }
}
