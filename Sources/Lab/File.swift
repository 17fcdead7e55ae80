import Glibc

/// Small files, whole, and directories of them.
enum File {
  /// Nil when it cannot be read.
  static func text(of path: String) -> String? { bytes(of: path).map { String(decoding: $0, as: UTF8.self) } }

  /// All that is in an open file, from its first byte; the place where it is written stays.
  static func text(of file: Int32) -> String { String(decoding: bytes(of: file), as: UTF8.self) }

  /// Nil when it cannot be read.
  static func bytes(of path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return bytes(of: file)
  }

  private static func bytes(of file: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = pread(file, &buffer, buffer.count, off_t(bytes.count)), count > 0 {
      bytes += buffer[..<count]
    }
    return bytes
  }

  /// Writes a file anew. Throws when the directory is not there or not ours.
  static func write(_ text: String, to path: String) throws(LabError) {
    guard let file = fopen(path, "w") else { throw LabError("\(path): \(String(cString: strerror(errno)))") }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else { throw LabError("\(path): \(String(cString: strerror(errno)))") }
  }

  /// A file without a name: it is gone when nobody has it open any more.
  static func unnamed(in directory: String = "/tmp") throws(LabError) -> Int32 {
    var path = Array("\(directory)/millrace-XXXXXX".utf8CString)
    let file = mkstemp(&path)
    guard file >= 0 else { throw LabError("\(directory): \(String(cString: strerror(errno)))") }
    unlink(path)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  /// What other processes open an open file of ours by, also one without a name (proc(5)).
  static func path(of file: Int32) -> String { "/proc/\(getpid())/fd/\(file)" }

  /// Makes a directory and those it lies in. Returns false when it was there already.
  @discardableResult
  static func makeDirectory(_ path: String) throws(LabError) -> Bool {
    // Somebody else may remove an empty one on the way while we are at it.
    for _ in 1...10 {
      var made = ""
      var isNew = false
      for part in path.split(separator: "/") {
        made += "/\(part)"
        isNew = mkdir(made, 0o755) == 0
        if !isNew && errno != EEXIST { break }
      }
      if isNew || (made == path && errno == EEXIST) { return isNew }
      guard errno == ENOENT else { break }
    }
    throw LabError("\(path): \(String(cString: strerror(errno)))")
  }

  /// The names in a directory; none when it cannot be read.
  static func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        // SAFETY: d_name is a string that ends with a zero byte.
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a directory and all in it; links are removed, not followed.
  static func removeDirectory(_ path: String) {
    for name in names(in: path) where unlink("\(path)/\(name)") != 0 { removeDirectory("\(path)/\(name)") }
    rmdir(path)
  }
}
