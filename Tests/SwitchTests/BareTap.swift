import Foundation
import Glibc
import Lab

/// A tap device whose holder offers the stack no offload. Without vnet header it reads bare frames.
struct BareTap: ~Copyable {
  private let descriptor: Int32

  /// Makes it in a named network namespace; it goes with this value.
  init(_ name: String, in namespace: String, hasVNetHeader: Bool = false) throws {
    let order = UnsafeMutablePointer<Order>.allocate(capacity: 1)
    order.initialize(to: Order(name: name, namespace: namespace, hasVNetHeader: hasVNetHeader))
    defer {
      order.deinitialize(count: 1)
      order.deallocate()
    }
    // A namespace is entered by a thread: one that ends with it.
    var thread = pthread_t()
    let started = pthread_create(
      &thread, nil,
      { argument in
        argument!.assumingMemoryBound(to: Order.self).pointee.carryOut()
        return nil
      }, order)
    guard started == 0 else { throw LabError("no thread: \(String(cString: strerror(started)))") }
    pthread_join(thread, nil)
    guard order.pointee.descriptor >= 0 else {
      throw LabError("tap \(name) in \(namespace): \(String(cString: strerror(order.pointee.fault)))")
    }
    descriptor = order.pointee.descriptor
  }

  deinit { close(descriptor) }

  /// The frames that came since.
  func read() -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = Glibc.read(descriptor, &buffer, buffer.count), count > 0 {
      frames.append(Array(buffer[..<count]))
    }
    return frames
  }

  /// Sends a TCP super-frame over IPv4 with a vnet header of 10 bytes (virtio specification 5.1.6), as a guest with
  /// offloads does.
  /// - Parameter l4Offset: where its TCP header begins.
  func write(superFrame: [UInt8], segmentSize: UInt16, l4Offset: UInt16) throws {
    // Flags (partial checksum), kind (TCP over IPv4), header length, segment size, checksum's start and offset.
    let words = [l4Offset + 20, segmentSize, l4Offset, 16].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let bytes = [1, 1] + words + superFrame
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw LabError("write to the tap: \(String(cString: strerror(errno)))")
    }
  }

  private struct Order {
    var name: String
    var namespace: String
    var hasVNetHeader: Bool
    var descriptor: Int32 = -1
    var fault: Int32 = 0

    mutating func carryOut() {
      let place = open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
      defer { close(place) }
      // The C library declares setns(2) for _GNU_SOURCE only; 0x40000000 is CLONE_NEWNET.
      typealias Enter = @convention(c) (Int32, Int32) -> Int32
      guard place >= 0, let symbol = dlsym(nil, "setns"),
        unsafeBitCast(symbol, to: Enter.self)(place, 0x4000_0000) == 0
      else {
        fault = errno
        return
      }
      let tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)
      var request = ifreq()
      withUnsafeMutableBytes(of: &request) { bytes in
        bytes.copyBytes(from: name.utf8)
        // Behind the 16 bytes of the name: IFF_TAP | IFF_NO_PI, and IFF_VNET_HDR (linux/if_tun.h).
        bytes.storeBytes(of: hasVNetHeader ? 0x5002 : 0x1002, toByteOffset: 16, as: Int16.self)
      }
      // TUNSETIFF.
      guard tap >= 0, ioctl(tap, 0x4004_54CA, &request) == 0 else {
        fault = errno
        return
      }
      descriptor = tap
    }
  }
}

/// Frames as a file that tcpdump reads.
enum PacketFile {
  static func write(_ frames: [[UInt8]], to path: String) throws {
    func little(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) } }
    // pcap 2.4, Ethernet (draft-ietf-opsawg-pcap).
    var bytes = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(65536) + little(1)
    for frame in frames { bytes += little(0) + little(0) + little(frame.count) + little(frame.count) + frame }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
