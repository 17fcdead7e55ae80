import CLinux
import Glibc
import Ports
import Steering
import Units

/// What a port's settings change on its device: in place, by opening it anew, and back.
extension Switch {
  /// Gives a port's device other settings, in place where that is possible; as before, when it throws.
  func setUp(_ runtime: PortRuntime, as changed: PortConfig) async throws {
    guard case .netdev(let port, _) = runtime.device else { return try setUpDevice(of: runtime, as: changed) }
    func ingress(_ config: PortConfig) -> PortConfig.Ingress { IngressChoice.choose(config, port.facts).ingress }
    if ingress(changed) != ingress(runtime.config) { return try await reopen(runtime, as: changed) }
    do { try setUpDevice(of: runtime, as: changed) } catch {
      // A NIC's driver may take no longer frames while an XDP program is there.
      if port.facts.isVirtual { throw error }
      return try await reopen(runtime, as: changed)
    }
    // The MTU decides whether some drivers need no copy.
    let isGeneric = runtime.attachMode == .generic
    guard let facts = NetdevFacts(name: port.facts.name),
      SocketMode(facts, isGeneric: isGeneric) != SocketMode(port.facts, isGeneric: isGeneric)
    else { return }
    try await reopen(runtime, as: changed)
  }

  /// Opens a port's device anew, as other settings want it; as before, when that fails.
  private func reopen(_ runtime: PortRuntime, as changed: PortConfig) async throws {
    let before = runtime.config
    withdraw(runtime)
    runtime.config = changed
    // None, which `open` does not set: the device's own.
    if changed.mtu == nil { try? setMTU(nil, of: runtime) }
    defer {
      applyFrameBudget()
      publish()
      connect(runtime)
    }
    do { try await open(runtime) } catch {
      runtime.config = before
      try? setMTU(before.mtu, of: runtime)
      // What fails now is tried again with all devices that are gone.
      try? await open(runtime)
      setHardwareFilters()
      throw error
    }
  }

  /// Gives an open device the MTU that settings name, and a host port's its address. Nothing changes when it throws.
  private func setUpDevice(of runtime: PortRuntime, as changed: PortConfig) throws(ControlError) {
    guard let device = runtime.device else { return }
    let before = runtime.config
    if case .host(let port, _) = device, changed.mac != before.mac { try setAddress(changed.mac, of: port, runtime) }
    if changed.mtu != before.mtu {
      do throws(ControlError) { try setMTU(changed.mtu, of: runtime) } catch {
        if case .host(let port, _) = device { try? setAddress(before.mac, of: port, runtime) }
        throw error
      }
    }
    follow(runtime)
  }

  /// nil: the one it has by itself.
  private func setAddress(_ address: MACAddress?, of port: HostPort, _ runtime: PortRuntime) throws(ControlError) {
    do throws(PortError) { try port.setAddress(address ?? StableAddress.of(port.name)) } catch {
      throw located(error, runtime)
    }
  }

  /// nil: what the device had before the switch came, a host port's what Ethernet has.
  func setMTU(_ mtu: Int?, of runtime: PortRuntime) throws(ControlError) {
    let name = runtime.config.device.name
    let isHost = if case .host = runtime.config.device { true } else { false }
    let isGivenBack = mtu == nil && !isHost
    guard let mtu = mtu ?? (isHost ? HostPort.defaultMTU : journal.mtu(of: name)) else { return }
    let before = Int(ml_netdev_mtu(name))
    if mtu != before {
      let isFirst = !isHost && !isGivenBack && journal.willChange(.mtu(before), of: name)
      let result = ml_netdev_set_mtu(name, Int32(mtu))
      guard result == 0 else {
        if isFirst { journal.forget(.mtu, of: name) }
        throw .unavailable(
          "\(place(runtime)): MTU \(mtu) on \(name): \(String(cString: strerror(-result))); choose what the device takes"
        )
      }
    }
    if isGivenBack { journal.forget(.mtu, of: name) }
  }

  /// Leaves the device of a port that is no more as it was found.
  func restoreDevice(of port: PortConfig) {
    journal.undo(.mtu, .down, .absent, of: port.device.name, log: log)
  }
}
