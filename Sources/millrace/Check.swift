import ArgumentParser
import Control

/// `millrace check CONFIG`: judges a configuration without touching anything.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Validate a configuration file; exits 65 with FILE:LINE: what is wrong; what to write.",
    discussion: """
      Without --host only the file and this host's CPUs are judged. Exit codes: 65 wrong configuration, \
      69 device missing or busy, kernel too old or memory too small (--host), 77 no privilege (--host).
      """)

  @Argument(help: "The YAML file.", completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Flag(help: "Judge the host too: devices, kernel and privilege.")
  var host = false

  func run() throws {
    do throws(ConfigErrors) {
      let loaded = try SwitchConfig.load(path: config)
      guard host else { return print("\(config): ok (\(loaded.summary))") }
      let facts = HostFacts.current()
      let errors = validateAgainstHost(loaded, facts)
      if !errors.isEmpty { throw ConfigErrors(errors) }
      print("\(config): ok (\(loaded.summary); takes \(memoryNeed(loaded, facts).roundedToMiB) of memory)")
    } catch {
      OutputStream.standardError.write("\(error)\n")
      throw ExitCode(error.exitCode.rawValue)
    }
  }
}
