import Control
import Testing

@Suite("Status as text")
struct APITextTests {
  @Test("columns are as wide as their widest cell, numbers go right, no line ends in spaces")
  func table() {
    var table = OutputTable([.left("port"), .right("frames"), .left("state")])
    table.add(["vm1", "1,234,567", "up"])
    table.add(["management", "5"])
    #expect(
      table.lines == [
        "port           frames  state",
        "vm1         1,234,567  up",
        "management          5",
      ])
    #expect(table.description.hasSuffix("5\n"))
  }

  @Test(
    "counts have thousands separators",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
  func count(value: Int, text: String) {
    #expect(Figure.count(value) == text)
  }

  @Test(
    "bit rates are scaled by 1000, three digits",
    arguments: [
      (0, "0 bit/s"), (999.4, "999 bit/s"), (999.6, "1.00 kbit/s"), (12_345, "12.3 kbit/s"), (9_996_000, "10.0 Mbit/s"),
      (2.5e9, "2.50 Gbit/s"), (123.4e9, "123 Gbit/s"), (5e15, "5000 Tbit/s"),
    ])
  func bitRate(value: Double, text: String) {
    #expect(Figure.bitRate(value) == text)
  }

  @Test(
    "sizes are scaled by 1024", arguments: [(0, "0 B"), (1023, "1.00 KiB"), (1536, "1.50 KiB"), (1 << 30, "1.00 GiB")])
  func bytes(value: Int, text: String) {
    #expect(Figure.bytes(value) == text)
  }

  @Test(
    "spans name their two largest units",
    arguments: [(0, "0.0s"), (12.34, "12.3s"), (59.96, "1m 00s"), (3661, "1h 01m"), (93_784, "1d 02h")])
  func span(seconds: Double, text: String) {
    #expect(Figure.span(seconds: seconds) == text)
  }

  @Test("decimals are rounded, keep their zeros and have no sign at zero")
  func decimal() {
    #expect(Figure.decimal(1.005, places: 1) == "1.0")
    #expect(Figure.decimal(0.06, places: 2) == "0.06")
    #expect(Figure.decimal(-2.96, places: 1) == "-3.0")
    #expect(Figure.decimal(-0.01, places: 1) == "0.0")
  }

  private func port(_ name: String, frames: UInt64, bytes: UInt64) -> PortStatus {
    var port = PortStatus(name: name, kind: .netdev, netdev: "eth0", mode: .native, state: .up)
    port.receivedFrames = frames
    port.receivedBytes = bytes
    return port
  }

  /// The words of the line that begins with `word`.
  private func line(_ word: String, in text: String) -> [String] {
    text.split(separator: "\n").first { $0.hasPrefix(word) }?.split(separator: " ").map(String.init) ?? []
  }

  @Test("watched counters are shown as what they gained a second")
  func rates() {
    let earlier = PortsDocument(ports: [port("a", frames: 1000, bytes: 100_000)])
    let now = PortsDocument(ports: [port("a", frames: 5000, bytes: 600_000)])
    let text = now.text(since: EarlierStatus(document: earlier, seconds: 2))
    #expect(line("a", in: text).prefix(5) == ["a", "up", "2,000", "2.00", "Mbit/s"])
  }

  @Test("a new port and a counter that started anew have no rate")
  func noRate() {
    let earlier = PortsDocument(ports: [port("a", frames: 1000, bytes: 100_000)])
    let now = PortsDocument(ports: [port("a", frames: 10, bytes: 1000), port("b", frames: 10, bytes: 1000)])
    let text = now.text(since: EarlierStatus(document: earlier, seconds: 2))
    #expect(line("a", in: text).prefix(4) == ["a", "up", "-", "-"])
    #expect(line("b", in: text).prefix(4) == ["b", "up", "-", "-"])
  }

  @Test("a watched worker shows the part of its CPU it used")
  func cpuUsed() {
    var worker = WorkerStatus(worker: 0, cpu: 3, emulatedShare: nil)
    worker.cpuSeconds = 70
    let earlier = WorkersDocument(workers: [worker])
    #expect(line("     0", in: earlier.text(since: nil)).prefix(6) == ["0", "3", "0.0%", "real", "1m", "10s"])
    worker.cpuSeconds = 71
    let text = WorkersDocument(workers: [worker]).text(since: EarlierStatus(document: earlier, seconds: 4))
    #expect(line("     0", in: text).prefix(5) == ["0", "3", "0.0%", "real", "25.0%"])
  }

  @Test("a drop reason that is new since the last look counts from zero")
  func newReason() {
    let earlier = DropsDocument(drops: [])
    let now = DropsDocument(drops: [DropStatus(port: "vm1", reason: "runt", frames: 50)])
    #expect(
      line("vm1", in: now.text(since: EarlierStatus(document: earlier, seconds: 1))) == ["vm1", "runt", "50", "-"])
  }

  @Test("indirection entries that moved are marked")
  func moved() {
    var entries = Array(repeating: 3, count: 128)
    let earlier = IndirectionDocument(indirection: [IndirectionStatus(port: "vm1", entries: entries)])
    entries[17] = 5
    let now = IndirectionDocument(indirection: [IndirectionStatus(port: "vm1", entries: entries)])
    let text = now.text(since: EarlierStatus(document: earlier, seconds: 1))
    #expect(line("   16", in: text).prefix(4) == ["16", "3", "*5", "3"])
    #expect(text.filter { $0 == "*" }.count == 1)
  }

  @Test("ports say why a faster mode is not used")
  func reason() async throws {
    let text = PortsDocument(ports: try await FakeSwitch().ports()).text(since: nil)
    #expect(text.hasSuffix("vm1: generic: native XDP is not supported by the driver\n"))
  }

  @Test("a port whose driver gives no room for metadata shows its drops and the way out")
  func noMetadata() {
    var vm1 = port("vm1", frames: 0, bytes: 0)
    vm1.drops = ["noMetadata": 1234]
    let text = PortsDocument(ports: [vm1]).text(since: nil)
    #expect(text.contains(" 1,234  "))
    #expect(
      text.hasSuffix(
        "\nvm1: 1,234 frames dropped (noMetadata): the driver gives native XDP no room for metadata; "
          + "write ingress: super, on a trunk with vlan: {access: N}\n"))
  }

  @Test("frames: free, kernel, held and lost add up to the total")
  func lost() {
    var breakdown = FramesStatus.Breakdown()
    breakdown.freePool = 10
    breakdown.workerCaches = 1
    breakdown.fillRings = 20
    breakdown.receiveRings = 2
    breakdown.transmitRings = 3
    breakdown.completionRings = 4
    breakdown.inFlight = 5
    breakdown.residue = 6
    let frames = FramesStatus(total: 64, held: 7, breakdown: breakdown)
    #expect(frames.free == 11)
    #expect(frames.kernel == 40)
    #expect(frames.lost == 6)
    #expect(line("lost", in: FramesDocument(frames: frames).text(since: nil)) == ["lost", "6"])
  }
}
