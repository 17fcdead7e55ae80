import Foundation
import Units

/// What the guest has: memory, of which a part stays as it is and a part is written again and again.
public struct GuestSettings: Sendable, Equatable {
  public var memory: Bytes
  /// Bytes a second that it writes, about.
  public var dirtyRate: Bytes

  /// - Parameter memory: 128 MiB or more.
  public init(memory: Bytes = Bytes(256 << 20), dirtyRate: Bytes = Bytes(20 << 20)) {
    self.memory = memory
    self.dirtyRate = dirtyRate
  }

  static let address = "10.77.0.200"
  static let mac = "02:00:00:77:01:00"

  /// Words of the kernel's command line; those with `=` become variables of /init.
  var words: String {
    let mebibytes = memory.count >> 20
    // The kernel and busybox need half. Each step writes one MiB.
    let pause = dirtyRate.count > 0 ? (1_000_000 << 20) / dirtyRate.count : 1_000_000
    return
      "console=ttyS0 quiet panic=-1 STILL=\(mebibytes / 4) BUSY=\(mebibytes / 8) PAUSE=\(pause) ADDRESS=\(address)/24"
  }

  private var address: String { Self.address }
}

/// The guest's first and only root: busybox, the modules of its NIC, and the program it runs.
enum GuestImage {
  /// The archive (initramfs). Throws when busybox or a module cannot be read.
  static func make(_ kernel: GuestKernel) async throws(LabError) -> [UInt8] {
    var archive = CPIOArchive()
    for directory in ["bin", "dev", "proc", "tmp", "modules"] { archive.add(directory: directory) }
    archive.add(program: "bin/busybox", try busybox())
    let modules = try await kernel.modules()
    for module in modules { archive.add(file: "modules/\(module.name)", module.contents) }
    archive.add(program: "init", Array(script(modules: modules.map(\.name)).utf8))
    return archive.finished()
  }

  /// Fills memory: half of what stays as it is with random bytes, half with bytes of which every other one, by chance, is
  /// zero, so that it compresses to about 0.6. Then it goes on writing random bytes and counting. On the console:
  /// `ready SUM`, then `count N` for each step and `sum SUM` of what must not change. With STILL empty it says `ready` and
  /// ends. Busybox finds its programs by their bare names once /proc is there.
  private static func script(modules: [String]) -> String {
    """
    #!/bin/busybox sh
    busybox mount -t proc proc /proc
    mount -t devtmpfs dev /dev
    mount -t tmpfs -o size=90% tmp /tmp
    [ -n "$STILL" ] || { echo ready; poweroff -f; }
    for module in \(modules.joined(separator: " ")); do insmod /modules/$module; done
    ip address add "$ADDRESS" dev eth0
    ip link set eth0 up
    sum() { md5sum </tmp/still | cut -d ' ' -f 1; }
    dd if=/dev/urandom of=/tmp/still bs=1M count=$((STILL / 2)) 2>/dev/null
    dd if=/dev/urandom bs=1M count=$((STILL / 2)) 2>/dev/null | tr '\\200-\\377' '\\0' >>/tmp/still
    dd if=/dev/urandom of=/tmp/busy bs=1M count="$BUSY" 2>/dev/null
    dd if=/dev/urandom of=/tmp/next bs=1M count=1 2>/dev/null
    echo "ready $(sum)"
    while sleep 2; do echo "sum $(sum)"; done &
    n=0
    while usleep "$PAUSE"; do
      dd if=/tmp/next of=/tmp/busy bs=1M count=1 conv=notrunc seek=$((n % BUSY)) 2>/dev/null
      n=$((n + 1))
      echo "count $n"
    done

    """
  }

  private static func busybox() throws(LabError) -> Data {
    for path in ["/bin/busybox", "/usr/bin/busybox"] {
      if let bytes = FileManager.default.contents(atPath: path) { return bytes }
    }
    throw LabError("busybox: not found; install busybox-static")
  }
}
