import CMillraceABI
import Glibc
import Steering
import Testing
import Units
import Wire

@Suite(.enabled(if: geteuid() == 0, "needs root"))
struct SteeringMapsTests {
  @Test("what is written is read back")
  func roundTrip() throws {
    let maps = try SteeringMaps(table: ToeplitzTable())
    let steering = PortSteering(byAddress: true, ownQueue: QueueID(1024), untaggedVLAN: 4094)
    try maps.setPort(PortID(1023), steering)
    #expect(try maps.port(PortID(1023)) == steering)
    let table = IndirectionTable(home: WorkerID(63), spreadOver: (0..<64).map { WorkerID($0) })
    try maps.setQueue(QueueID(1024), table)
    #expect(try maps.queue(QueueID(1024)) == table)
    let filter = VMQFilter(address: MACAddress("02:00:00:00:00:01")!, vlan: 7)
    try maps.setFilter(filter, QueueID(5))
    #expect(try maps.filter(filter) == QueueID(5))
    try maps.removeFilter(filter)
    try maps.removeFilter(filter)
    #expect(try maps.filter(filter) == nil)
  }

  @Test("what does not exist is refused in one line")
  func refused() throws {
    let maps = try SteeringMaps(table: ToeplitzTable())
    let error = #expect(throws: SteeringError.self) {
      try maps.setQueue(QueueID(1025), IndirectionTable(only: WorkerID(0)))
    }
    #expect(error?.description.contains("write map queues") == true)
    #expect(try maps.queue(QueueID(1025)) == nil)
  }

  @Test("two switches share nothing")
  func apart() throws {
    let one = try SteeringMaps(table: ToeplitzTable())
    let other = try SteeringMaps(table: ToeplitzTable())
    try one.setPort(PortID(0), PortSteering(byAddress: true, ownQueue: QueueID(3)))
    #expect(try other.port(PortID(0)) == PortSteering(byAddress: false, ownQueue: .defaultQueue))
  }

  @Test("another key gives other hashes, in BPF as in Swift")
  func otherKey() throws {
    let key = ToeplitzKey(bytes: (0..<40).map { UInt8($0 * 5 + 1) })!
    var model = SteeringModel.example(byAddress: true, untaggedVLAN: 0)
    model = SteeringModel(
      port: model.port, filters: model.filters, queues: model.queues, table: ToeplitzTable(key: key))
    let maps = try SteeringMaps(table: model.table)
    try model.install(in: maps, as: PortID(0))
    let program = try PortProgram(port: PortID(0), place: "test", context: .none, maps: maps)
    let frame = KernelContextTests.builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
    let run = try TestRun(program: program.descriptor, frame: frame)
    #expect(SteeringModel.Decision(run.metadata) == model.decide(frame))
    #expect(
      run.metadata.hash
        != ToeplitzTable().hash(source: IPEndpoint("10.0.0.1:1")!, destination: IPEndpoint("10.0.0.2:2")!))
  }
}
