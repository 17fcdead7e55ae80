import Units

/// Puts the spread experiment's runs into a report: what was fixed, how it was measured, what came out.
struct SpreadReport: ReportText {
  let settings: SpreadSettings
  let runs: [Run]
  let link: BitRate
  let isLinkGiven: Bool

  let title = "Why one queue holds four migrations to less than half the link"

  var claims: [Claim] { SpreadClaims.evaluate(runs) }

  var summary: String {
    guard let held = runs.utilization("vmq-4-to-1"), let spread = runs.utilization("vmq-vrss-4-to-1") else {
      return Report.unanswered
    }
    return "Four simultaneous live migrations to one host, through a virtual switch that gives the host's virtual NIC "
      + "one queue, use \(Figure.percent(held)) of the link: one worker receives it all. With vRSS the same four use "
      + "\(Figure.percent(spread))."
  }

  var highlights: [Report.Highlight] {
    let told = [
      ("vmq-4-to-1", "of the link: one queue a virtual NIC (vmq), 4 migrations to one host"),
      ("vmq-vrss-4-to-1", "of the link: the same with vRSS (vmq+vrss)"),
      ("vmq-4-to-4", "of the link: vmq, but 4 migrations to 4 hosts"),
      ("vmq-vrss-1-to-1", "of the link: 1 migration with vRSS. One flow, one core, in order"),
    ]
    let lifted = runs.named("vmq-vrss-4-to-1-unlimited")?.workersWorth.map {
      Report.Highlight(Figure.ratio($0), "one worker's capacity: vmq+vrss, 4 migrations, the link limit lifted")
    }
    return runs.utilizationHighlights(told) + [lifted].compactMap { $0 }
  }

  private var capacity: BitRate? { runs.lazy.compactMap(\.scenario.workerCapacity).first }

  var listed: [Report.Setting] {
    let real = settings.workerCPUs(emulated: false)
    let emulated = Set(settings.workerCPUs(emulated: true)).sorted()
    return [
      .init("Link", "\(link), frames without FCS, preamble and gap"),
      .init("One worker", capacity.map { Figure.rate(Double($0.bitsPerSecond)) } ?? "not measured"),
      .init("Emulated workers", "\(settings.workers) on \(cpus(emulated)), each held to \(settings.share) of a CPU"),
      .init("Hosts beside them", "on \(cpus(settings.cpus.hosts))"),
      .init("Real workers", "one each on \(cpus(real)), which the hosts use as well"),
      .init("MTU, ingress", "\(settings.mtu) bytes, \(settings.ingress), segments not joined (rsc: off)"),
      .init("Memory", "\(Figure.size(Double(settings.memory(at: link).count))) in all VMs of a case with a link limit"),
      .init("Writers", "a twentieth of each VM's memory a second while it is copied"),
      .init("Priority", "switch and migrations at nice -10"),
      .init("Source ports", sourcePorts),
    ]
  }

  private func cpus(_ numbers: [Int]) -> String {
    (numbers.count == 1 ? "CPU " : "CPUs ") + numbers.map(String.init).joined(separator: ", ")
  }

  /// Cases with the same ports are listed once.
  private var sourcePorts: String {
    var cases: [[UInt16]: [String]] = [:]
    for run in runs { cases[run.scenario.sourcePorts, default: []].append(run.scenario.name) }
    let lines = cases.sorted { ($0.key.count, $0.key.first ?? 0) < ($1.key.count, $1.key.first ?? 0) }
    return lines.map { ports, names in
      ports.map(String.init).joined(separator: " ") + " (" + names.joined(separator: ", ") + ")"
    }.joined(separator: "; ")
  }

  /// How the link's rate was fixed.
  private var fixed: String {
    if isLinkGiven { return "it was given on the command line." }
    return "one worker's capacity, the most it carried of one and of four flows without a link limit, over "
      + "\(Figure.percent(SpreadCalibration.part)): about the part of a 10 Gb/s link that one core carried in the "
      + "published account."
  }

  var method: [String] {
    [
      "Real memory moves over TCP between network namespaces: a source and four targets, joined by veth pairs with "
        + "all their offloads on through one Millrace switch. The one switch stands for the switches of all receiving "
        + "hosts: each frame is handled once, where it arrives, by the worker that its steering gives it to. Memory is "
        + "written by running threads while it is copied, and a run counts as verified only when the digests of all "
        + "memory are equal on both sides.",
      "Workers are emulated cores where a case says so: each is held to its share of one CPU, the kernel's work on "
        + "its behalf included, so that eight cores can be studied on a few. (The thread's CPU clock is what is "
        + "counted; it includes interrupt work done in its system calls unless the kernel accounts that apart.) They "
        + "have CPUs that the hosts do not use: programs are held to the other CPUs (taskset), and so is the hosts' "
        + "TCP (receive packet steering), so that a core pays for the switch's work and for no host's. Emulation makes "
        + "cores slow and keeps their number and independence; figures are to be read as ratios. In the cases on real "
        + "cores, workers and hosts share all CPUs.",
      "The link is a token bucket on the source's device. Its rate was fixed before the cases: \(fixed) What one core "
        + "gets of the link is therefore chosen; what the steerings make of it is measured.",
      "Link utilisation is the bytes of frames, without FCS, that the switch took from the source, over the link's "
        + "rate, in the time in which all migrations of a run were under way: from the last one's start to the first "
        + "one's end. Counters are read every 100 ms with the monotonic time of the read, and interpolated at both "
        + "edges.",
      "Source ports are fixed: the lowest from 20000 on whose flows hash to different workers, each with its "
        + "acknowledgements to the same one, by the Toeplitz hash with Microsoft's published key and the tables that "
        + "the switch shows (entry = hash & 127). Ports left to chance would now and then put two flows on one worker.",
    ]
  }
}
