import Glibc
import Steering
import Testing
import Units
import Wire

@Suite(.enabled(if: geteuid() == 0, "needs root"))
struct OrderProgramTests {
  private func run(_ program: OrderProgram, _ identification: UInt16, port: UInt16 = 1, flags: UInt8 = 0x10) throws {
    let head = FrameBuilder(to: MACAddress(value: 2), from: MACAddress(value: 4))
    let frame = head.ipv4("10.0.0.1", "10.0.0.2", identification: identification).tcp(port, 80, tcpFlags: flags)
    _ = try TestRun(program: program.descriptor, frame: frame, isXDP: false)
  }

  @Test("what comes behind a later packet of its flow is counted, what is missing apart")
  func counts() throws {
    let program = try OrderProgram(hosts: [], device: "")
    for number: UInt16 in [65_534, 65_535, 1, 2, 5, 4, 6] { try run(program, number) }
    for number: UInt16 in [3, 2] { try run(program, number, port: 2) }
    // Of no socket: without a number.
    try run(program, 0)
    let count = try program.count()
    #expect(count.packets == 9)
    #expect(count.missing == 3)
    #expect(count.outOfOrder == 2)
  }

  @Test("a new connection with the ports of an earlier one counts from its own number")
  func newConnection() throws {
    let program = try OrderProgram(hosts: [], device: "")
    for number: UInt16 in [1000, 1001] { try run(program, number) }
    try run(program, 900, flags: 0x02)
    for number: UInt16 in [901, 902] { try run(program, number) }
    #expect(try program.count().outOfOrder == 0)
  }

  @Test("a host that is not there is refused in one line")
  func refused() {
    let error = #expect(throws: SteeringError.self) { try OrderProgram(hosts: ["none-such"], device: "eth0") }
    #expect(error?.place == "none-such")
  }
}
