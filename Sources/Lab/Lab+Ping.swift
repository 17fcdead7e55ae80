extension Lab {
  /// Sends so many echoes at once; true when each was answered, once. For late answers `ping` waits as long as the interval
  /// at which it would send more. Its own send buffer holds one echo: the next would wait for that interval.
  /// While an address is not resolved the kernel keeps less than three of 65,000 bytes.
  public func pings(from host: Int, to address: String, size: Int = 56, count: Int = 3) async throws -> Bool {
    let count = "\(count)"
    let result = try await result(
      in: host, "ping", "-n", "-q", "-l", count, "-c", count, "-i", "2", "-W", "2", "-S", "200000", "-s", "\(size)",
      address)
    return result.exitCode == 0 && result.output.contains(" 0% packet loss") && !result.output.contains("duplicates")
  }
}
