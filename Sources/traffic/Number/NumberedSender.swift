import CLinux
import Glibc
import Wire

/// Sends every flow's datagrams, some of each flow in turn.
struct NumberedSender: ~Copyable {
  private let command: NumberSend
  private let payload: Int
  private let batch: MessageBatch
  private var sockets: [Int32] = []
  private(set) var sent: UInt64 = 0
  private(set) var waits = 0

  /// - Parameter payload: bytes of a datagram, at least 22.
  init(_ command: NumberSend, payload: Int) throws(TrafficError) {
    (self.command, self.payload) = (command, payload)
    let messages = (command.burst + command.segments - 1) / command.segments
    batch = MessageBatch(count: messages, size: payload * command.segments)
    let any = IPAddress(command.destination.isIPv6 ? "::" : "0.0.0.0")!
    for flow in 0..<command.flows {
      let socket = try UDPSocket(isIPv6: command.destination.isIPv6)
      socket.set(SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
      if command.segments > 1 { socket.set(Int32(IPPROTO_UDP), UDPSocket.segment, payload) }
      try socket.bind(command.source ?? any, port: command.firstSourcePort + UInt16(flow))
      try socket.connect(command.destination, port: command.port)
      sockets.append(dup(socket.descriptor))
    }
  }

  deinit { for socket in sockets { close(socket) } }

  mutating func run(_ pacer: Pacer) throws(TrafficError) {
    let flows = command.flows
    let counts = (0..<flows).map { NumberedDatagram.count(of: $0, flows: flows, total: command.count) }
    var number: UInt64 = 0
    while number < counts[0] {
      for flow in 0..<flows where number < counts[flow] {
        if StopRequest.isMade { return }
        pacer.pace(sent: Int(sent))
        let count = min(UInt64(command.burst), counts[flow] - number)
        try send(flow, number..<number + count)
      }
      number += UInt64(command.burst)
    }
  }

  /// Says that every flow has ended; more than once, for it may get lost as any other.
  mutating func end() throws(TrafficError) {
    for _ in 1...3 {
      for flow in 0..<command.flows {
        write(flow, NumberedDatagram.end, to: batch[0])
        batch.setLength(payload, of: 0)
        try send(flow, counts: [0])
      }
      ml_sleep_ns(20_000_000)
    }
  }

  private func write(_ flow: Int, _ number: UInt64, to bytes: UnsafeMutableRawPointer) {
    NumberedDatagram(flow: UInt16(flow), flows: UInt16(command.flows), total: command.count, number: number)
      .write(to: bytes, length: payload)
  }

  private mutating func send(_ flow: Int, _ numbers: Range<UInt64>) throws(TrafficError) {
    var (message, inMessage) = (0, 0)
    var counts: [Int] = []
    for number in numbers {
      write(flow, number, to: batch[message] + inMessage * payload)
      inMessage += 1
      if inMessage == command.segments || number + 1 == numbers.upperBound {
        batch.setLength(inMessage * payload, of: message)
        counts.append(inMessage)
        (message, inMessage) = (message + 1, 0)
      }
    }
    try send(flow, counts: counts)
  }

  /// Sends the first messages of the batch; `counts` says how many datagrams each of them holds.
  private mutating func send(_ flow: Int, counts: [Int]) throws(TrafficError) {
    var done = 0
    while done < counts.count && !StopRequest.isMade {
      if let taken = batch.send(done..<counts.count, over: sockets[flow]) {
        for i in done..<done + taken { sent += UInt64(counts[i]) }
        done += taken
        continue
      }
      let fault = errno
      waits += 1
      switch fault {
      case EAGAIN: PacketSocket.waitToSend(sockets[flow])
      // No room in the device, or word of a receiver that was not there yet: the datagram is sent again.
      case ENOBUFS, ECONNREFUSED: ml_sleep_ns(50_000)
      case EINTR: continue
      default: throw .refused("sending to \(command.destination)", fault)
      }
    }
  }
}
