/// The counters of ports and workers in Prometheus' text exposition format, version 0.0.4.
enum Metrics {
  static func text(summary: SummaryStatus, ports: [PortStatus], workers: [WorkerStatus]) -> String {
    var page = Page()
    page.family("uptime_seconds", .gauge, "Since the switch started.", [([], "\(summary.uptimeSeconds)")])
    page.family("fdb_entries", .gauge, "Addresses in the FDB.", [([], "\(summary.fdbEntries)")])
    page.family("arena_frames", .gauge, "Frames of the arena, by where they are.", frames(summary.frames))
    page.ports("port_received_frames_total", "From the device.", ports, \.receivedFrames)
    page.ports("port_received_bytes_total", "From the device, without FCS.", ports, \.receivedBytes)
    page.ports("port_transmitted_frames_total", "To the device.", ports, \.transmittedFrames)
    page.ports("port_transmitted_bytes_total", "To the device, without FCS.", ports, \.transmittedBytes)
    page.family(
      "port_dropped_frames_total", .counter, "Dropped by the switch, or by the kernel in front of it, by reason.",
      ports.flatMap { port in
        port.drops.sorted { $0.key < $1.key }.map { ([("port", port.name), ("reason", $0.key)], "\($0.value)") }
      })
    page.family(
      "port_up", .gauge, "1 while the device is there and up.",
      ports.map { ([("port", $0.name)], $0.state == .up ? "1" : "0") })
    page.workers("worker_load_ratio", .gauge, "Part of the worker's capacity in use.", workers) { "\($0.load)" }
    page.workers("worker_frames_total", .counter, "Taken in by the worker.", workers) { "\($0.frames)" }
    return page.text
  }

  private static func frames(_ frames: FramesStatus) -> [Page.Sample] {
    [("free", frames.free), ("kernel", frames.kernel), ("held", frames.held), ("lost", frames.lost)]
      .map { ([("place", $0.0)], "\($0.1)") }
  }

  private struct Page {
    typealias Sample = (labels: [(String, String)], value: String)
    enum Kind: String { case counter, gauge }

    var text = ""

    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
      text += "# HELP millrace_\(name) \(help)\n# TYPE millrace_\(name) \(kind.rawValue)\n"
      for sample in samples {
        let labels = sample.labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        text += "millrace_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)\n"
      }
    }

    mutating func ports(_ name: String, _ help: String, _ ports: [PortStatus], _ value: (PortStatus) -> UInt64) {
      family(name, .counter, help, ports.map { ([("port", $0.name)], "\(value($0))") })
    }

    mutating func workers(
      _ name: String, _ kind: Kind, _ help: String, _ workers: [WorkerStatus], _ value: (WorkerStatus) -> String
    ) {
      family(name, kind, help, workers.map { ([("worker", "\($0.worker)"), ("cpu", "\($0.cpu)")], value($0)) })
    }

    private func escaped(_ label: String) -> String {
      var result = ""
      for character in label {
        switch character {
        case "\\": result += "\\\\"
        case "\"": result += "\\\""
        case "\n": result += "\\n"
        default: result.append(character)
        }
      }
      return result
    }
  }
}
