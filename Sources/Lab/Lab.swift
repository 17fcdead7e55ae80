import Glibc

/// A lab: hosts as network namespaces, joined by veth through a switch that runs in a namespace of its own, so that
/// the network of this machine is never touched.
///
/// Everything is found by name: a lab that a crash left behind goes with `down` like any other.
public struct Lab: Sendable {
  public let spec: LabSpec

  /// The lab of a specification, whether it is up or not.
  public init(_ spec: LabSpec) { self.spec = spec }

  /// Makes the hosts and starts the switch; returns when it forwards. Nothing is left when it throws.
  @discardableResult
  public static func up(_ spec: LabSpec) async throws(LabError) -> Lab {
    if let fault = spec.fault { throw LabError(fault) }
    let lab = Lab(spec)
    let left = try await Leftovers.find(spec.name)
    // Making the directory decides between two that come at once.
    guard left.isEmpty, try File.makeDirectory(spec.directory) else {
      throw LabError(
        "lab '\(spec.name)' is up or was left behind; see `millrace lab show`, "
          + "or take it down with `millrace lab down --name \(spec.name)`")
    }
    do {
      try File.write("", to: spec.makingPath)
      try lab.record()
      try await lab.makeHosts()
      switch spec.fabric {
      case .millrace: try await lab.startSwitch()
      case .bridge: try await lab.makeBridge()
      case .openVSwitch: try await lab.startOpenVSwitch()
      }
      unlink(spec.makingPath)
    } catch {
      unlink(spec.makingPath)
      await lab.down()
      throw error
    }
    return lab
  }

  /// Removes the lab, or what is left of it: processes in its namespaces, the namespaces with their links, and files.
  /// Does nothing when there is nothing; goes through also in a task that is cancelled.
  public func down() async {
    await Task.detached {
      let wasBeingMade = access(spec.makingPath, F_OK) == 0
      await recordedSwitch?.stop()
      // Nothing is found when ip(8) is missing, and then nothing was made.
      var left = try? await Leftovers.find(spec.name)
      await left?.remove()
      guard wasBeingMade else { return }
      // Programs that a maker had started may outlive it, and make more while we remove: look until it stays quiet.
      var quiet = 0
      for _ in 1...50 where quiet < 3 {
        try? await Task.sleep(for: .milliseconds(100))
        left = try? await Leftovers.find(spec.name)
        await left?.remove()
        quiet = left?.isEmpty == false ? 0 : quiet + 1
      }
    }.value
  }

  /// Names of all labs that are up or were left behind.
  public static func all() async throws(LabError) -> [String] { try await Leftovers.names() }
}
