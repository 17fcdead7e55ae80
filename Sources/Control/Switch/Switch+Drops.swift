import CLinux
import Dataplane
import Units
import Wire

/// Dropped frames: by port, reason and rule, with the last that rules dropped.
extension Switch {
  public func drops() -> [DropStatus] {
    let records = ruleMemory.drops.records()
    let now = ml_monotonic_ns()
    return runtimes.flatMap { port in
      let recent = records.filter { $0.port == port.id.index && Nanoseconds($0.time) >= port.createdAt }
      return status(of: port).drops.sorted { $0.key < $1.key }.flatMap { reason, frames in
        let of = recent.filter { $0.reason.dropReason == reason }
        return rows(port, reason, frames, of, now)
      }
    }
  }

  /// One row a rule, and one for what no rule that is still there did.
  private func rows(
    _ port: PortRuntime, _ reason: String, _ frames: UInt64, _ recent: [DropLog.Record], _ now: UInt64
  ) -> [DropStatus] {
    var rows: [DropStatus] = []
    var rest = frames
    var named: Set<UInt32> = []
    if reason == Counter.dropACL.dropReason {
      for rule in port.config.acl where rule.action == .deny {
        guard let cell = port.book.cells[rule] else { continue }
        let count = min(rest, ruleMemory.cells[cell].frames)
        if count == 0 { continue }
        rest -= count
        named.insert(cell)
        rows.append(
          DropStatus(
            port: port.name, reason: reason, rule: "\(rule)", frames: count,
            recent: recent.filter { $0.cell == cell }.prefix(Self.recentShown).map { RecentDrop($0, now: now) }))
      }
    }
    if rest > 0 {
      rows.append(
        DropStatus(
          port: port.name, reason: reason, frames: rest,
          recent: recent.filter { !named.contains($0.cell) }.prefix(Self.recentShown)
            .map { RecentDrop($0, now: now) }))
    }
    return rows
  }

  private static var recentShown: Int { 8 }
}

extension RecentDrop {
  init(_ record: DropLog.Record, now: UInt64) {
    let packet = record.packet
    self.init(
      secondsAgo: Nanoseconds(now > record.time ? now - record.time : 0).seconds,
      direction: record.isIn ? .in : .out, source: record.isIn ? packet.remote : packet.local,
      destination: record.isIn ? packet.local : packet.remote, protocol: packet.protocolName,
      length: Int(record.length))
  }
}

extension Packet {
  /// Its ends: IP addresses, with ports where they are known, else MAC addresses.
  var remote: String { end(remoteHigh, remoteLow, remoteMAC, remotePort) }
  var local: String { end(localHigh, localLow, localMAC, localPort) }

  private var isIP: Bool { network == .ipv4 || network == .ipv6 }

  private func end(_ high: UInt64, _ low: UInt64, _ mac: UInt64, _ port: UInt16) -> String {
    guard isIP else { return "\(MACAddress(value: mac))" }
    let address = IPAddress(high: high, low: low, isIPv6: network == .ipv6)
    return "\(IPEndpoint(address, port: ports == .known ? port : nil))"
  }

  /// `tcp`; nil when it is not known.
  var protocolName: String? { isIP && ipProtocol < 256 ? IPProtocol.name(of: UInt8(ipProtocol)) : nil }
}
