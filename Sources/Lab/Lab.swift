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
      try lab.record()
      try await lab.makeHosts()
      switch spec.fabric {
      case .millrace: try await lab.startSwitch()
      case .bridge: try await lab.makeBridge()
      }
    } catch {
      await lab.down()
      throw error
    }
    return lab
  }

  /// Removes the lab, or what is left of it: processes in its namespaces, the namespaces with their links, and files.
  /// Does nothing when there is nothing; goes through also in a task that is cancelled.
  public func down() async {
    let name = spec.name
    await Task.detached {
      await recordedSwitch?.stop()
      // Nothing is found when ip(8) is missing, and then nothing was made.
      await (try? Leftovers.find(name))?.remove()
    }.value
  }

  /// Names of all labs that are up or were left behind.
  public static func all() async throws(LabError) -> [String] { try await Leftovers.names() }
}
