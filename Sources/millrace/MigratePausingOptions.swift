import ArgumentParser
import Migration
import Units

/// When `migrate send` pauses a VM; `migrate plan` asks the same.
struct MigratePausingOptions: ParsableArguments {
  @Option(
    name: .customLong("blackout"),
    help: ArgumentHelp("The pause aimed at; left out: \(ConvergenceRule().blackout).", valueName: "time"),
    transform: Nanoseconds.init(parsing:))
  var blackout = ConvergenceRule().blackout

  @Option(help: ArgumentHelp("Rounds at most before the pause.", valueName: "n"))
  var rounds = ConvergenceRule().rounds

  @Option(
    help: ArgumentHelp("Hand over after so many rounds; the rest follows, what is touched first.", valueName: "rounds"))
  var postCopy: Int?

  @Flag(help: "Slow the VMs' writers down, more and more, while rounds do not get shorter.")
  var throttle = false

  func validate() throws {
    guard postCopy ?? 1 > 0 else { throw ValidationError("--post-copy is 1 or more.") }
    guard rounds > 0 else { throw ValidationError("--rounds is 1 or more.") }
  }

  var rule: ConvergenceRule {
    var rule = ConvergenceRule(blackout: blackout, rounds: rounds)
    rule.throttles = throttle
    rule.postCopyAfter = postCopy
    return rule
  }
}
