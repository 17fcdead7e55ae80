import Units

extension QueuesDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    // Where no NIC has filters there is nothing to say of them.
    let showsHardware = queues.contains { !$0.hardware.isEmpty }
    var table = OutputTable(
      [
        .right("queue"), .left("port"), .left("mac"), .right("vlan"), .right("home"), .left("vrss"), .left("workers"),
      ] + (showsHardware ? [.left("hardware")] : []) + [.right(earlier == nil ? "frames" : "frames/s")])
    for queue in queues {
      let rates = earlier?.rates(of: queue, earlier?.document.queues.first { $0.isSameFilter(as: queue) })
      let hardware = queue.hardware.map { "\($0.netdev):\($0.queue)" }.joined(separator: " ")
      table.add(
        [
          "\(queue.queue)", queue.port, queue.mac?.description ?? Figure.none,
          queue.vlan == 0 ? Figure.none : "\(queue.vlan)",
          "\(queue.homeWorker)", queue.vrss ? "on" : "off", queue.workers.map(String.init).joined(separator: " "),
        ] + (showsHardware ? [hardware.isEmpty ? Figure.none : hardware] : [])
          + [rates?.perSecond(\.frames) ?? Figure.count(queue.frames)])
    }
    return table.description
  }
}

extension QueueStatus {
  fileprivate func isSameFilter(as other: QueueStatus) -> Bool {
    queue == other.queue && mac == other.mac && vlan == other.vlan
  }
}

extension IndirectionDocument: StatusText {
  /// Sixteen entries a line, the first one's number in front; entries that moved since `earlier` are marked `*`.
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    indirection.map { table in
      let before = earlier?.document.indirection.first { $0.port == table.port }?.entries
      var output = OutputTable([.right("entry")] + (0..<16).map { .right("+\($0)") })
      for start in stride(from: 0, to: table.entries.count, by: 16) {
        let line = start..<min(start + 16, table.entries.count)
        output.add(
          ["\(start)"]
            + line.map { entry in
              let hasMoved = before.map { $0.indices.contains(entry) && $0[entry] != table.entries[entry] } ?? false
              return (hasMoved ? "*" : "") + "\(table.entries[entry])"
            })
      }
      return "port \(table.port): worker of each entry\n\(output)"
    }.joined(separator: "\n")
  }
}
