import CMillraceABI
import Units

/// The program that names a tap's queue for each frame the host sends into its vNIC: queue i is worker i's, so the
/// tap must have one queue for each worker, opened in their order.
///
/// Give `descriptor` to TUNSETSTEERINGEBPF; the tap then holds the program itself.
public final class TapProgram: Sendable {
  public let port: PortID
  public var descriptor: Int32 { object.programDescriptor("millrace_tap") }
  private let object: BPFObject

  /// - Parameters:
  ///   - place: the tap's name, for errors.
  ///   - pulledBytes: what the kernel takes off a frame before the program runs: 0 in a tap, 14 in
  ///     BPF_PROG_TEST_RUN.
  public init(port: PortID, place: String, maps: SteeringMaps, pulledBytes: Int = 0) throws(SteeringError) {
    var constants = mr_constants()
    constants.port = UInt32(port.index)
    constants.tapPulledBytes = UInt32(pulledBytes)
    object = try BPFObject.load(
      program: "millrace_tap", place: place, constants: constants, reusing: maps.all, sockets: 1,
      asksKernel: false)
    self.port = port
  }
}
