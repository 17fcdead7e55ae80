import ArgumentParser
import Migration

/// How the streams of migrations are kept from others: both sides say the same.
struct MigrateSecurityOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The pre-shared key of both sides: TLS 1.3, authenticated and encrypted. See 'migrate key'.", valueName: "file"))
  var key: String?

  @Flag(help: "Neither authenticated nor encrypted: for measuring on a lab link.")
  var plain = false

  func validate() throws {
    guard (key != nil) != plain else { throw ValidationError("name --key FILE, or --plain on a lab link.") }
  }

  func security() throws(MigrationError) -> StreamSecurity {
    guard let key else { return .plain }
    return .preSharedKey(try PreSharedKey(file: key))
  }
}

/// `millrace migrate key`: makes a key.
struct MigrateKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make a key that the hosts which migrate VMs to each other share.",
    discussion: "Writes 256 random bits to a file that only its owner can read; copy it to the other hosts.")

  @Argument(help: "The file to write; there must be none of this name.")
  var file: String

  func run() async throws {
    do { try PreSharedKey().write(to: file) } catch { throw MigrateCommand.unavailable(error) }
  }
}
