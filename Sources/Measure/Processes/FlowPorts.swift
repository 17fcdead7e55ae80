import Wire

/// Chooses TCP source ports so that flows hash apart: each to a worker of its own as far as there are workers, its
/// acknowledgements to the same worker. The same tables always give the same ports.
package struct FlowPorts {
  /// One flow without its source port.
  package struct Flow {
    package var source: [UInt8]
    package var destination: [UInt8]
    package var destinationPort: UInt16
    /// The worker of each of the 128 entries for the flow's frames, and for its acknowledgements.
    package var forward: [Int]
    package var backward: [Int]

    package init(
      source: [UInt8], destination: [UInt8], destinationPort: UInt16, forward: [Int], backward: [Int]
    ) {
      self.source = source
      self.destination = destination
      self.destinationPort = destinationPort
      self.forward = forward
      self.backward = backward
    }
  }

  let table = ToeplitzTable(key: .microsoft)

  package init() {}

  /// The Toeplitz hash of a TCP flow by NDIS's rule: addresses, then ports, in network order.
  package func hash(_ source: [UInt8], _ destination: [UInt8], _ sourcePort: UInt16, _ destinationPort: UInt16)
    -> UInt32
  {
    let ports = [sourcePort, destinationPort].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    return (source + destination + ports).withUnsafeBytes { input in
      input.baseAddress.map { table.view.hash($0, input.count) } ?? 0
    }
  }

  /// A source port of each flow: the lowest from `first` on whose frames go to a worker that serves the fewest flows
  /// so far, and whose acknowledgements go there too. Nil when the ports below 60,000 do not suffice.
  package func choose(_ flows: [Flow], from first: UInt16) -> [UInt16]? {
    var served: [Int: Int] = [:]
    var chosen: [UInt16] = []
    for flow in flows {
      let fewest = Set(flow.forward).map { served[$0, default: 0] }.min() ?? 0
      let port = (first..<60_000).first { port in
        guard !chosen.contains(port) else { return false }
        let worker = flow.forward[Int(hash(flow.source, flow.destination, port, flow.destinationPort) & 127)]
        guard served[worker, default: 0] == fewest else { return false }
        let returning = hash(flow.destination, flow.source, flow.destinationPort, port)
        // A table that names other workers than the flow's cannot bring the acknowledgements to the same one.
        return flow.backward[Int(returning & 127)] == worker || !flow.backward.contains(worker)
      }
      guard let port else { return nil }
      let worker = flow.forward[Int(hash(flow.source, flow.destination, port, flow.destinationPort) & 127)]
      served[worker, default: 0] += 1
      chosen.append(port)
    }
    return chosen
  }
}
