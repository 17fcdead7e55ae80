import Ports
import Steering

/// How frames come in over a network device, and why so.
///
/// `super` attaches in generic mode: super-frames of veth and tap senders arrive whole, which carries several times
/// what native mode does. `native` runs in the driver: real NICs, senders of XDP frames, and trunks, where generic mode
/// hides tags that are beside frames.
struct IngressChoice {
  var ingress: PortConfig.Ingress
  var reason: String

  /// What `auto` means for a device.
  static func choose(_ config: PortConfig, _ facts: NetdevFacts) -> IngressChoice {
    switch config.ingress {
    case .super: return IngressChoice(ingress: .super, reason: "as configured")
    // The kernel runs a native program on a guest's super-frames too, and tells it neither that nor their segments' size.
    case .native where facts.isTap:
      return IngressChoice(ingress: .super, reason: "a tap's native mode cannot tell super-frames from others")
    case .native: return IngressChoice(ingress: .native, reason: "as configured")
    case .auto: break
    }
    if !facts.isVirtual {
      return IngressChoice(ingress: .native, reason: "a NIC's frames arrive segmented; its driver runs XDP fastest")
    }
    // A guest's tags are in its frames: virtio has no place beside them.
    if case .trunk = config.vlan, !facts.isTap {
      return IngressChoice(ingress: .native, reason: "a trunk's tags can only be read natively")
    }
    return IngressChoice(
      ingress: .super, reason: "\(facts.driver) senders hand over super-frames, which only generic mode takes whole")
  }

  /// Loads and attaches the port's program: as chosen, or in generic mode when the driver has no native one.
  static func attach(
    _ runtime: PortRuntime, _ facts: NetdevFacts, maps: SteeringMaps
  ) throws -> (PortProgram, AttachMode, IngressChoice) {
    var choice = choose(runtime.config, facts)
    if choice.ingress == .super {
      return (try load(runtime, facts, maps, .generic), .generic, choice)
    }
    do {
      return (try load(runtime, facts, maps, .native), .native, choice)
    } catch let error as SteeringError where error.isUnsupported {
      let program = try load(runtime, facts, maps, .generic)
      choice.reason = "native mode refused: \(error)"
      if case .trunk = runtime.config.vlan {
        let command = facts.isVirtual ? "ethtool -K … txvlan off at its peer" : "ethtool -K \(facts.name) rxvlan off"
        choice.reason += "; tags are seen only in the frames: \(command)"
      }
      return (program, .generic, choice)
    }
  }

  private static func load(
    _ runtime: PortRuntime, _ facts: NetdevFacts, _ maps: SteeringMaps, _ mode: AttachMode
  ) throws -> PortProgram {
    let context: KernelContext = mode == .generic ? .generic : facts.driver == "veth" ? .veth : .none
    let program = try PortProgram(
      port: runtime.id, place: facts.name, context: context, netdevQueues: facts.receiveQueues, maps: maps)
    try program.attach(netdev: facts.name, index: facts.index, mode: mode)
    return program
  }
}
