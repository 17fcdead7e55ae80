import ArgumentParser
import Control
import Units

/// Which switch a command speaks to.
struct SocketOption: ParsableArguments {
  @Option(name: .customLong("socket"), help: ArgumentHelp("The switch's control socket.", valueName: "path"))
  var path = ControlSocket.defaultPath

  var client: ControlClient { ControlClient(path: path) }
}

/// What every `show` takes.
struct ShowOptions: ParsableArguments {
  @Flag(help: "Print JSON: one object; with --watch one object a line.")
  var json = false

  @Option(
    name: .customLong("watch"), defaultAsFlag: Interval.second, parsing: .next,
    help: ArgumentHelp(
      "Show again every SECONDS (1 when left out), counters as what they gained a second.", valueName: "seconds"))
  var interval: Interval?

  @OptionGroup var socket: SocketOption

  func validate() throws { _ = try interval?.time() }
}

/// The time between two looks: seconds as a bare number (`2`, `0.5`), or any time with its unit (`500ms`).
struct Interval: ExpressibleByArgument, CustomStringConvertible {
  static let second = Interval(argument: "1")!

  /// A look costs the switch something: no more than twenty a second.
  static let shortest = Nanoseconds.milliseconds(50)

  let description: String

  /// Takes what begins like a number, so that a mistake in it is reported as one and not as a stray argument.
  init?(argument: String) {
    guard let first = argument.first, first.isNumber || first == "." else { return nil }
    description = argument
  }

  /// Throws `ValidationError` that says what to write instead.
  func time() throws -> Nanoseconds {
    let text = Double(description) == nil ? description : description + "s"
    do {
      let time = try Nanoseconds(parsing: text)
      if time >= Self.shortest { return time }
    } catch let error {
      throw ValidationError("--watch: \(error)")
    }
    throw ValidationError("--watch: '\(description)' is too often for a switch at work; write 0.05 or more")
  }
}
