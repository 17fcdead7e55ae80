import Subprocess

/// IP addresses of a host port's device, set with iproute2.
enum HostAddresses {
  /// Throws `ControlError` with what `ip` said.
  static func set(_ addresses: [InterfaceAddress], on device: String) async throws {
    for address in addresses {
      var arguments = ["address", "replace", "\(address)", "dev", device]
      // A duplicate of a /64 in a lab is nobody's harm; waiting for the check would be.
      if address.isIPv6 { arguments.append("nodad") }
      let result = try await run(
        .name("ip"), arguments: Arguments(arguments), output: .discarded, error: .string(limit: 4096))
      guard result.terminationStatus.isSuccess else {
        let text = result.standardError
        throw ControlError.unavailable(
          "\(device): setting address \(address): \(text.split(separator: "\n").first ?? "ip failed")")
      }
    }
  }
}
