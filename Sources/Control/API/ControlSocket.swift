import FlyingSocks
import Glibc

/// The Unix socket a switch is controlled through: its place, and who may take it.
public enum ControlSocket {
  /// Where `run` listens and every other command looks, unless `--socket` says otherwise.
  public static let defaultPath = "/run/millrace/control.sock"

  /// A socket address holds 107 bytes (unix(7)); a switch appends its process number while it starts.
  public static let longestPath = 98

  /// Throws `usage` for a path no socket can have.
  static func address(_ path: String) throws(ControlError) -> sockaddr_un {
    guard !path.isEmpty, path.utf8.count <= longestPath else {
      throw .usage(
        "socket '\(path)': a socket's path has 1 to \(longestPath) bytes, this one \(path.utf8.count); name another")
    }
    return .unix(path: path)
  }

  /// Creates the directory of `path`, and removes a socket that a dead switch left there.
  /// Throws when a switch answers on it, or when something else than a socket is there.
  static func clear(_ path: String) throws(ControlError) {
    let address = try address(path)
    try createDirectory(of: path)
    var info = stat()
    guard lstat(path, &info) == 0 else {
      if errno == ENOENT { return }
      throw failure(path, "cannot be looked at", errno)
    }
    guard info.st_mode & S_IFMT == S_IFSOCK else {
      throw .unavailable("\(path): exists and is not a socket; name another with --socket")
    }
    let code = connectOnce(address)
    switch code {
    case 0, EAGAIN:
      throw .unavailable("\(path): another switch answers here; stop it, or name another socket with --socket")
    case ECONNREFUSED, ENOENT:
      guard unlink(path) == 0 || errno == ENOENT else { throw failure(path, "cannot be removed", errno) }
    default:
      throw failure(path, "cannot be asked whether a switch answers", code)
    }
  }

  /// Gives the socket that listens at `temporary` its mode and then its name, in one step: whoever finds `path` may
  /// use it or may not, from the first moment on.
  static func publish(_ temporary: String, as path: String) throws(ControlError) {
    defer { unlink(temporary) }
    guard chmod(temporary, 0o660) == 0 else { throw failure(path, "cannot be given mode 0660", errno) }
    guard link(temporary, path) == 0 else {
      if errno == EEXIST {
        throw .unavailable("\(path): another switch was faster; stop it, or name another socket with --socket")
      }
      throw failure(path, "cannot be created", errno)
    }
  }

  static func failure(_ path: String, _ fault: String, _ code: Int32) -> ControlError {
    let reason = String(cString: strerror(code))
    if code == EACCES || code == EPERM {
      return .noPermission("\(path): \(fault): \(reason); run as root, or name another socket with --socket")
    }
    return .unavailable("\(path): \(fault): \(reason); name another socket with --socket")
  }

  /// 0 when something listens, else the errno.
  private static func connectOnce(_ address: sockaddr_un) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    return address.withSockAddr { connect(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  private static func createDirectory(of path: String) throws(ControlError) {
    var directory = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
      directory += part + "/"
      if mkdir(directory, 0o755) != 0 && errno != EEXIST && errno != EISDIR {
        throw failure(directory, "cannot be created", errno)
      }
    }
  }
}
