import Glibc
import Yams

/// The YAML file, before its meaning is looked at.
enum ConfigDocument {
  /// A configuration of a thousand ports has some 100 KiB.
  static let longestFile = 16 << 20

  /// The file's text. Refuses what cannot be read or is not UTF-8.
  static func text(of path: String) throws(ConfigErrors) -> String {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw unreadable(path, errno) }
    defer { close(fd) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(fd, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, errno)
      }
      if count == 0 { break }
      bytes += chunk[..<count]
      guard bytes.count <= longestFile else {
        let fault = ConfigError(
          file: path, line: nil, fault: "is longer than 16 MiB", fix: "name a Millrace configuration")
        throw ConfigErrors([fault])
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let fault = ConfigError(file: path, line: nil, fault: "is not UTF-8 text", fix: "save it as UTF-8")
      throw ConfigErrors([fault])
    }
    return text
  }

  private static func unreadable(_ path: String, _ code: Int32) -> ConfigErrors {
    let denied = code == EACCES || code == EPERM
    return ConfigErrors([
      ConfigError(
        file: path, line: nil, fault: "cannot be read: \(String(cString: strerror(code)))",
        fix: denied ? "run with sudo, or make it readable" : "name a configuration file",
        exitCode: denied ? .noPermission : .configuration)
    ])
  }

  /// The root of the only document. Refuses what is not YAML, or empty.
  static func root(of text: String, file: String) throws(ConfigErrors) -> Node {
    var root: Node?
    do {
      root = try compose(yaml: text)
    } catch {
      throw ConfigErrors([syntaxError(error, file: file)])
    }
    guard let root else {
      let fault = ConfigError(
        file: file, line: 1, fault: "the configuration is empty", fix: "write e.g. switch: {workers: [0]}")
      throw ConfigErrors([fault])
    }
    return root
  }

  private static func syntaxError(_ error: any Error, file: String) -> ConfigError {
    var (line, fault, fix): (Int?, String, String) = (1, "\(error)", "check the text")
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, let yaml),
      .parser(let context, let problem, let mark, let yaml),
      .composer(let context, let problem, let mark, let yaml):
      line = mark.line
      fault = problem + (context.map { " \($0.text) that starts at line \($0.mark.line)" } ?? "")
      let lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      if problem.contains("another document") {
        (fault, fix) = ("the file holds two documents", "keep one")
        break
      }
      let hasTab = mark.line <= lines.count && lines[mark.line - 1].contains("\t")
      fix = hasTab ? "indent with spaces, not tabs" : "check indentation, brackets and quotes at column \(mark.column)"
    case .duplicatedKeysInMapping(let keys, let context):
      line = context.mark.line
      fault = "the key \(keys.map { "'\($0)'" }.joined(separator: ", ")) is written more than once in one mapping"
      fix = "keep one"
    case .reader(let problem, let offset, _, let yaml):
      line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 } ?? 1
      fault = problem
      fix = "remove the character"
    default: break
    }
    return ConfigError(file: file, line: line, fault: "not YAML: \(fault)", fix: fix)
  }
}
