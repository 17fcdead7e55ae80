/// An archive as the kernel unpacks it into its first root: cpio(5) in the format `newc`
/// (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
struct CPIOArchive {
  private var bytes: [UInt8] = []
  private var entries = 0

  mutating func add(directory path: String) { add(path, mode: 0o040755, []) }

  mutating func add(program path: String, _ contents: some Collection<UInt8>) { add(path, mode: 0o100755, contents) }

  mutating func add(file path: String, _ contents: some Collection<UInt8>) { add(path, mode: 0o100644, contents) }

  /// The whole archive, its trailer included.
  consuming func finished() -> [UInt8] {
    add("TRAILER!!!", mode: 0, [])
    return bytes
  }

  /// A header of hexadecimal numbers, the name with a zero byte, the contents; each begins at a multiple of four.
  private mutating func add(_ path: String, mode: Int, _ contents: some Collection<UInt8>) {
    entries += 1
    let (inode, links, length) = (entries, 1, path.utf8.count + 1)
    let numbers = [inode, mode, 0, 0, links, 0, contents.count, 0, 0, 0, 0, length, 0]
    bytes += "070701".utf8
    for number in numbers {
      let digits = String(number, radix: 16)
      bytes += String(repeating: "0", count: 8 - digits.count).utf8
      bytes += digits.utf8
    }
    bytes += path.utf8
    bytes.append(0)
    pad()
    bytes += contents
    pad()
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}
