import Foundation

/// The machine an experiment ran on, as far as it bears on the figures.
public struct Machine: Hashable, Sendable, Codable {
  public var kernel: String
  public var processor: String
  public var cores: Int
  public var memoryBytes: UInt64
  public var operatingSystem: String
  public var millraceVersion: String

  public init(
    kernel: String, processor: String, cores: Int, memoryBytes: UInt64, operatingSystem: String, millraceVersion: String
  ) {
    self.kernel = kernel
    self.processor = processor
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.operatingSystem = operatingSystem
    self.millraceVersion = millraceVersion
  }

  /// Reads this machine's facts from /proc and /etc/os-release; what cannot be read is "unknown".
  public static func this(millraceVersion: String) -> Machine {
    Machine(
      kernel: text("/proc/sys/kernel/osrelease") ?? "unknown",
      processor: processorName(text("/proc/cpuinfo") ?? ""),
      cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: ProcessInfo.processInfo.physicalMemory,
      operatingSystem: operatingSystemName(text("/etc/os-release") ?? ""),
      millraceVersion: millraceVersion)
  }

  /// The `model name` of the first CPU in the text of /proc/cpuinfo; where the kernel has none (some guests, ARM), its
  /// vendor, family and model.
  public static func processorName(_ cpuinfo: String) -> String {
    var fields: [String: String] = [:]
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if parts.count == 2, fields[parts[0]] == nil { fields[parts[0]] = parts[1] }
    }
    if let name = fields["model name"], !name.isEmpty, name != "unknown" { return name }
    let parts = [
      fields["vendor_id"], fields["cpu family"].map { "family \($0)" }, fields["model"].map { "model \($0)" },
    ]
    let known = parts.compactMap { $0 }
    return known.isEmpty ? "unknown" : known.joined(separator: " ")
  }

  /// `PRETTY_NAME` in the text of /etc/os-release.
  public static func operatingSystemName(_ release: String) -> String {
    let line = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    return line.map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""]) } ?? "unknown"
  }

  private static func text(_ path: String) -> String? {
    (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
