import Dataplane
import Units

extension PortsDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    if let earlier { return rates(earlier) }
    return devices.description + "\n" + counters.description + notes
  }

  private var devices: OutputTable {
    var table = OutputTable([
      .left("port"), .left("kind"), .left("netdev"), .left("state"), .left("mode"), .left("ingress"), .left("mac"),
      .right("mtu"), .right("queues"), .left("mirror"),
    ])
    for port in ports {
      table.add([
        port.name, port.kind.rawValue, port.netdev, port.state.rawValue, port.mode.rawValue,
        port.ingress?.rawValue ?? Figure.none, port.mac?.description ?? Figure.none, "\(port.mtu)", "\(port.queues)",
        port.mirror == .none ? Figure.none : port.mirror.rawValue,
      ])
    }
    return table
  }

  private var counters: OutputTable {
    var table = OutputTable([
      .left("port"), .right("received"), .right("bytes"), .right("super"), .right("transmitted"), .right("bytes"),
      .right("super"), .right("joined"), .right("run"), .right("dropped"), .right("by the kernel"),
    ])
    for port in ports {
      table.add([
        port.name, Figure.count(port.receivedFrames), Figure.bytes(port.receivedBytes),
        Figure.count(port.superFramesReceived), Figure.count(port.transmittedFrames),
        Figure.bytes(port.transmittedBytes), Figure.count(port.superFramesSent), Figure.count(port.segmentsJoined),
        port.averageRun.map { Figure.decimal($0, places: 1) } ?? Figure.none, Figure.count(port.droppedFrames),
        Figure.count(port.kernelDroppedFrames),
      ])
    }
    return table
  }

  /// Why a port does not use a faster mode, why it drops everything and why nothing is copied: only where there is
  /// something to say.
  private var notes: String {
    let reasons = ports.compactMap { port in port.modeReason.map { "\(port.name): \(port.mode.rawValue): \($0)\n" } }
    let refused = ports.compactMap { port in
      port.drops[PortStatus.noMetadata].map {
        "\(port.name): \(Figure.count($0)) frames dropped (\(PortStatus.noMetadata)): the driver gives native XDP no room "
          + "for metadata; write ingress: super, on a trunk with vlan: {access: N}\n"
      }
    }
    let isCopied = ports.contains { $0.mirror == .destination }
    let uncopied = ports.compactMap { port in
      port.mirror == .source && !isCopied ? "\(port.name): mirror: source, but no port is a destination\n" : nil
    }
    let notes = reasons + refused + uncopied
    return notes.isEmpty ? "" : "\n" + notes.joined()
  }

  private func rates(_ earlier: EarlierStatus<Self>) -> String {
    var table = OutputTable([
      .left("port"), .left("state"), .right("received/s"), .right("bits"), .right("super/s"), .right("transmitted/s"),
      .right("bits"), .right("super/s"), .right("dropped/s"), .right("by the kernel/s"),
    ])
    for port in ports {
      let rates = earlier.rates(of: port, earlier.document.ports.first { $0.name == port.name })
      table.add([
        port.name, port.state.rawValue, rates.perSecond(\.receivedFrames), rates.bitRate(bytes: \.receivedBytes),
        rates.perSecond(\.superFramesReceived), rates.perSecond(\.transmittedFrames),
        rates.bitRate(bytes: \.transmittedBytes), rates.perSecond(\.superFramesSent),
        rates.perSecond(\.droppedFrames), rates.perSecond(\.kernelDroppedFrames),
      ])
    }
    return table.description
  }
}

extension PortStatus {
  /// Dropped for all reasons, by the kernel in front of the workers among them.
  public var droppedFrames: UInt64 { drops.values.reduce(0, +) }

  /// The drop reason of frames that could not be handed to a worker, since the driver gives XDP no room in front of them.
  public static let noMetadata = "noMetadata"

  /// Dropped by the kernel before a worker saw them, or when it sent them.
  public var kernelDroppedFrames: UInt64 {
    kernel.reduce(0) { $0 + $1.rxDropped + $1.rxRingFull + $1.txInvalidDescriptors }
  }
}
