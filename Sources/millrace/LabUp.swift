import ArgumentParser
import Control
import Lab
import Units

/// `millrace lab up`.
struct LabUp: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Make the hosts and start their switch.",
    discussion: "Hosts are h1, h2 …; `millrace lab exec h1 -- ping h2` works at once. `millrace lab down` removes all.")

  @OptionGroup var lab: LabName
  @Option(help: ArgumentHelp("Number of hosts, 1 to 99.", valueName: "n")) var hosts = 2
  @Option(help: ArgumentHelp("MTU of every link.", valueName: "bytes")) var mtu = 1500
  @Option(help: ArgumentHelp("Queues of every link.", valueName: "n")) var queues = 1
  @Option(
    help: ArgumentHelp("What each host's link carries, e.g. 2.5Gbit.", valueName: "rate"),
    transform: BitRate.init(parsing:))
  var link: BitRate?

  @Option(
    help: ArgumentHelp("How the switch steers: \(Self.words(SwitchConfig.SteeringMode.self)).", valueName: "mode"),
    transform: Self.word)
  var steering = SwitchConfig.SteeringMode.vmqVRSS

  @Option(help: ArgumentHelp("The CPU of each worker.", valueName: "cpu,…"), transform: Self.cpus)
  var workers = [0, 1]

  @Option(
    help: ArgumentHelp("Hold each worker to a share of its CPU, e.g. 15%.", valueName: "share"),
    transform: Share.init(parsing:))
  var emulatedShare: Share?

  @Option(
    help: ArgumentHelp("What idle workers do: \(Self.words(SwitchConfig.Polling.self)).", valueName: "mode"),
    transform: Self.word)
  var polling = SwitchConfig.Polling.adaptive

  @Option(
    help: ArgumentHelp("How frames come in: \(Self.words(PortConfig.Ingress.self)).", valueName: "mode"),
    transform: Self.word)
  var ingress = PortConfig.Ingress.auto

  @Option(
    help: ArgumentHelp(
      "What joins the hosts: \(Self.words(LabSpec.Fabric.self)); the last two to compare with.", valueName: "fabric"),
    transform: Self.word)
  var fabric = LabSpec.Fabric.millrace

  private var spec: LabSpec {
    var lines = [
      "workers: [\(workers.map(String.init).joined(separator: ", "))]", "steering: \(steering.rawValue)",
      "polling: \(polling.rawValue)",
    ]
    if let emulatedShare { lines.append("emulatedShare: \(emulatedShare)") }
    return LabSpec(
      name: lab.name, hosts: hosts, mtu: mtu, queues: queues, link: link, fabric: fabric, switchLines: lines,
      allPortKeys: ["ingress: \(ingress.rawValue)"])
  }

  func validate() throws {
    if let fault = spec.fault { throw ValidationError("\(fault).") }
  }

  func run() async throws {
    if fabric == .millrace {
      // Before anything is made: what is wrong in it is wrong on the command line.
      do { _ = try SwitchConfig.read(yaml: spec.configuration, file: "lab up") } catch { throw error.controlError }
    }
    try LabCommand.requireRoot()
    _ = try await LabCommand.asControlError { () async throws(LabError) in try await Lab.up(spec) }
    OutputStream.standardOutput.write("lab '\(spec.name)' is up\n\n\(LabText.describe(spec))")
  }

  private static func words<W: CaseIterable & RawRepresentable<String>>(_: W.Type) -> String {
    let words = W.allCases.map(\.rawValue)
    return "\(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")"
  }

  private static func word<W: CaseIterable & RawRepresentable<String>>(_ text: String) throws -> W {
    guard let word = W(rawValue: text) else { throw ValidationError("'\(text)': write \(words(W.self))") }
    return word
  }

  private static func cpus(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let cpu = Int(part), cpu >= 0 else { throw ValidationError("'\(part)' is no CPU: write e.g. 0,1") }
      return cpu
    }
  }
}
