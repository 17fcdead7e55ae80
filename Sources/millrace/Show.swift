import ArgumentParser
import Control

/// `millrace show`: what a running switch is, does and has done.
struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a running switch does.",
    discussion: "Exits 69 when no switch answers on the socket, 77 without permission to ask.",
    subcommands: [
      ShowSummary.self, ShowPorts.self, ShowWorkers.self, ShowQueues.self, ShowIndirection.self, ShowFDB.self,
      ShowACL.self, ShowMeters.self, ShowFrames.self, ShowDrops.self, ShowMoves.self, ShowTeams.self,
      ShowQoS.self,
    ])
}

struct ShowSummary: ShowCommand {
  typealias Document = SummaryDocument
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "The whole switch in a few lines.")
  @OptionGroup var options: ShowOptions
}

struct ShowPorts: ShowCommand {
  typealias Document = PortsDocument
  static let configuration = CommandConfiguration(
    commandName: "ports", abstract: "Ports: device, mode, state, frames and drops.")
  @OptionGroup var options: ShowOptions
}

struct ShowWorkers: ShowCommand {
  typealias Document = WorkersDocument
  static let configuration = CommandConfiguration(
    commandName: "workers", abstract: "Workers: CPU, load, frames and sleeps.")
  @OptionGroup var options: ShowOptions
}

struct ShowQueues: ShowCommand {
  typealias Document = QueuesDocument
  static let configuration = CommandConfiguration(
    commandName: "queues", abstract: "VMQs: address, home worker, and the workers vRSS spreads them over.")
  @OptionGroup var options: ShowOptions
}

struct ShowIndirection: ShowCommand {
  typealias Document = IndirectionDocument
  static let configuration = CommandConfiguration(
    commandName: "indirection",
    abstract: "Indirection tables: the worker of each of the 128 entries.",
    discussion: "With --watch, entries that moved since the last look are marked *.")
  @Argument(help: "Only this port's queue; 'default' names the default queue.")
  var port: String?
  @OptionGroup var options: ShowOptions

  var query: [String: String] { port.map { ["port": $0] } ?? [:] }
}

struct ShowFDB: ShowCommand {
  typealias Document = FDBDocument
  static let configuration = CommandConfiguration(
    commandName: "fdb", abstract: "The FDB: addresses, learned and static.")
  @OptionGroup var options: ShowOptions
}

struct ShowACL: ShowCommand {
  typealias Document = ACLDocument
  static let configuration = CommandConfiguration(
    commandName: "acl", abstract: "Rules of the ports, and what each decided or counted.")
  @OptionGroup var options: ShowOptions
}

struct ShowMeters: ShowCommand {
  typealias Document = MetersDocument
  static let configuration = CommandConfiguration(
    commandName: "meters", abstract: "What meter rules counted since they were last reset.")
  @OptionGroup var options: ShowOptions
}

struct ShowFrames: ShowCommand {
  typealias Document = FramesDocument
  static let configuration = CommandConfiguration(
    commandName: "frames", abstract: "Where the frames of the arena are, and whether any is lost.")
  @OptionGroup var options: ShowOptions
}

struct ShowDrops: ShowCommand {
  typealias Document = DropsDocument
  static let configuration = CommandConfiguration(
    commandName: "drops", abstract: "Dropped frames, by port, reason and rule; the last that rules dropped.")
  @OptionGroup var options: ShowOptions
}

struct ShowTeams: ShowCommand {
  typealias Document = TeamsDocument
  static let configuration = CommandConfiguration(
    commandName: "teams", abstract: "Teams of uplinks: members, what each carries, flows that moved.")
  @OptionGroup var options: ShowOptions
}

struct ShowMoves: ShowCommand {
  typealias Document = MovesDocument
  static let configuration = CommandConfiguration(
    commandName: "moves", abstract: "Moves of indirection entries: what, from where to where, why, what waited.")
  @OptionGroup var options: ShowOptions
}

struct ShowQoS: ShowCommand {
  typealias Document = QoSDocument
  static let configuration = CommandConfiguration(
    commandName: "qos", abstract: "Classes: minimum, maximum, what they have now, how long frames wait, drops, marks.")
  @OptionGroup var options: ShowOptions
}
