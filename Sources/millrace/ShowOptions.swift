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
}

/// The time between two looks: seconds as a bare number (`2`, `0.5`), or any time with its unit (`500ms`).
struct Interval: ExpressibleByArgument, CustomStringConvertible {
  static let second = Interval(time: .seconds(1))

  /// A look costs the switch something: no more than twenty a second.
  static let shortest = Nanoseconds.milliseconds(50)

  let time: Nanoseconds

  init(time: Nanoseconds) { self.time = time }

  init?(argument: String) {
    let text = Double(argument) == nil ? argument : argument + "s"
    guard let time = try? Nanoseconds(parsing: text), time >= Self.shortest else { return nil }
    self.time = time
  }

  var description: String { time.description }
}
