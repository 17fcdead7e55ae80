import COpenSSL
import Glibc

/// 256 bits that source and target share: who holds them may send and receive VMs.
public struct PreSharedKey: Hashable, Sendable {
  package let bytes: [UInt8]

  /// From a file of 64 hexadecimal digits that only its owner can read. Throws one line.
  public init(file path: String) throws(MigrationError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw MigrationError(
        path, call: "cannot read the key", errno: errno, fix: "make one with 'millrace migrate key FILE'")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw MigrationError(path, "others on this host can read the key", fix: "run: chmod 600 \(path)")
    }
    var text = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &text, text.count)
    let digits = text.prefix(max(count, 0)).filter { $0 != UInt8(ascii: "\n") }.map { Character(UnicodeScalar($0)) }
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0..<min($0 + 2, digits.count)]), radix: 16)
    }
    guard digits.count == 2 * Self.length, bytes.count == Self.length else {
      throw MigrationError(
        path, "is no key of \(2 * Self.length) hexadecimal digits", fix: "make one with 'millrace migrate key FILE'")
    }
    self.bytes = bytes
  }

  /// A new key, from the kernel's random numbers.
  public init() {
    var random = SystemRandomNumberGenerator()
    bytes = (0..<Self.length).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// Writes a file that only its owner can read. Throws when there is one already.
  public func write(to path: String) throws(MigrationError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw MigrationError(path, call: "cannot write the key", errno: errno) }
    defer { close(descriptor) }
    let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
    guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
      throw MigrationError(path, call: "cannot write the key", errno: errno)
    }
  }

  private static let length = Int(ML_PSK_LENGTH)
}

/// How a stream is kept from others.
public enum StreamSecurity: Hashable, Sendable {
  /// Not at all.
  case plain
  /// TLS 1.3; both sides prove that they hold the key.
  case preSharedKey(PreSharedKey)

  /// For the figures.
  package var words: String {
    switch self {
    case .plain: "none: neither authenticated nor encrypted"
    case .preSharedKey: "TLS 1.3 with a pre-shared key"
    }
  }
}
