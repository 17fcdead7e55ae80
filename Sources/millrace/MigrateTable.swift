import Migration
import Units

import struct Control.OutputTable

/// The figures of `migrate send` for people: aligned columns, then why each VM was paused when it was.
enum MigrateTable {
  static func text(_ report: MigrationReport) -> String {
    let figures = ["FROM PORT", "MEMORY", "SENT", "TIME", "GOODPUT", "ROUNDS", "BLACKOUT", "VERIFIED"]
    var table = OutputTable([.left("VM"), .left("TARGET")] + figures.map { .right($0) })
    for one in report.migrations {
      table.add([
        one.vm, one.target, "\(one.sourcePort)", size(one.memoryBytes), size(one.bytes), seconds(one.seconds),
        rate(one.goodputBitsPerSecond), "\(one.rounds.count)",
        one.blackoutMilliseconds > 0 ? seconds(one.blackoutMilliseconds / 1000) : "-", one.verified ? "yes" : "NO",
      ])
    }
    if report.migrations.count > 1 {
      table.add([
        "all", "", "", size(report.migrations.reduce(0) { $0 + $1.memoryBytes }), size(report.bytes),
        seconds(report.seconds), rate(report.goodputBitsPerSecond), "", "", report.allVerified ? "yes" : "NO",
      ])
    }
    var text = "\(table)\n"
    for one in report.migrations where !one.convergence.isEmpty { text += "\(one.vm): \(one.convergence)\n" }
    for one in report.migrations where one.connections.count > 1 {
      for connection in one.connections {
        text += "\(one.vm): \(size(connection.bytes)) over \(connection.path) from port \(connection.sourcePort)\n"
      }
    }
    for one in report.migrations { text += compression(one) }
    for how in Set(report.migrations.map { "transport \($0.transport), protection \($0.security)" }).sorted() {
      text += how + "\n"
    }
    for method in Set(report.migrations.map(\.tracking)).sorted() { text += "dirty pages found by \(method)\n" }
    return text
  }

  private static func compression(_ one: MigrationFigures) -> String {
    guard let figures = one.compression else { return "" }
    let levels = figures.guestBytes.sorted { $0.key < $1.key }.map { "\(size($0.value)) with \($0.key)" }
    let ratio = figures.compressedFrom > 0 ? Double(figures.compressedTo) / Double(figures.compressedFrom) : 1
    return "\(one.vm): compression \(levels.joined(separator: ", ")); to \(hundredths(ratio)) in "
      + "\(seconds(figures.cpuSeconds)) of CPU, up to \(figures.threads) threads, backed off \(figures.backoffs) times\n"
  }

  static func seconds(_ value: Double) -> String {
    value < 1 ? "\(tenths(value * 1000))ms" : "\(hundredths(value))s"
  }

  static func rate(_ bitsPerSecond: Double) -> String {
    bitsPerSecond < 1e9 ? "\(tenths(bitsPerSecond / 1e6))Mbit" : "\(hundredths(bitsPerSecond / 1e9))Gbit"
  }

  static func size(_ bytes: UInt64) -> String {
    bytes < 1 << 30 ? "\(tenths(Double(bytes) / 0x1p20))MiB" : "\(hundredths(Double(bytes) / 0x1p30))GiB"
  }

  private static func tenths(_ value: Double) -> String {
    let scaled = Int((value * 10).rounded())
    return "\(scaled / 10).\(scaled % 10)"
  }

  private static func hundredths(_ value: Double) -> String {
    let scaled = Int((value * 100).rounded())
    return "\(scaled / 100).\(scaled / 10 % 10)\(scaled % 10)"
  }
}
