import CLinux
import Units

/// Receives one VM over one connection.
///
/// The VM runs here from the moment the source has said `release`, which it says only after both digests were equal.
/// Before it, every fault ends with the memory dropped.
final class ReceivingSession {
  private let connection: TCPConnection
  private let budget: MemoryBudget
  private let reader: RecordReader
  private let writer: RecordWriter
  private(set) var figures: ReceivedFigures
  /// The VM, from `release` on.
  private(set) var vm: VirtualMachine?
  private let profile: VMProfile
  private var bytes: UInt64 = 0
  private var digests: PageDigests

  /// Reads the greeting. Throws when the peer is no source: nothing was promised to it then.
  init(_ connection: TCPConnection, from peer: Endpoint, budget: MemoryBudget) throws(MigrationError) {
    let hello = try Hello(decoding: connection.receive(count: Hello.length), from: "\(peer)")
    self.connection = connection
    self.budget = budget
    reader = RecordReader(connection)
    writer = RecordWriter(connection)
    profile = hello.profile
    figures = ReceivedFigures(vm: profile.name, source: "\(peer)", memoryBytes: profile.memory.count)
    digests = PageDigests(pageCount: 0)
  }

  /// Receives until the VM runs here and the source's verdict is in, or until a fault, which is in the figures. The
  /// memory stays taken from the budget when the VM runs here.
  func run() {
    do throws(MigrationError) {
      try receive(into: accept())
      figures.verified = figures.failure == nil
    } catch {
      figures.failure = "\(error); \(profile.name) runs on \(vm == nil ? "the source" : "here")"
    }
    figures.runsOn = vm == nil ? .source : .target
  }

  /// Takes the memory, or tells the source why not.
  private func accept() throws(MigrationError) -> MemoryImage {
    do throws(MigrationError) {
      try budget.take(profile.memory, for: profile.name)
    } catch {
      try? connection.send(HelloAnswer.refused(error.description).encoded)
      throw error
    }
    do throws(MigrationError) {
      let image = try MemoryImage(byteCount: Int(profile.memory.count), name: profile.name)
      digests = PageDigests(pageCount: image.pageCount)
      try connection.send(HelloAnswer.accepted.encoded)
      return image
    } catch {
      budget.giveBack(profile.memory)
      try? connection.send(HelloAnswer.refused(error.description).encoded)
      throw error
    }
  }

  private func receive(into image: MemoryImage) throws(MigrationError) {
    do throws(MigrationError) {
      try receiveUntilRelease(into: image)
    } catch {
      budget.giveBack(profile.memory)
      try? writer.send(.failed(error.fault))
      throw error
    }
    // The source may be gone by now; the VM is ours all the same.
    try writer.send(.running)
    guard case .verdict(let mismatches) = try reader.nextControl() else {
      throw MigrationError(connection.place, "the source sends no verdict")
    }
    if mismatches > 0 { figures.failure = "\(profile.name): the source found \(mismatches) pages wrong" }
    try writer.send(.done)
  }

  private func receiveUntilRelease(into image: MemoryImage) throws(MigrationError) {
    // Its threads are made now and wait: making them in the blackout would lengthen it.
    let waiting = VirtualMachine(profile: profile, image: image)
    waiting.startPaused()
    let start = ml_monotonic_ns()
    let theirs = try receiveRounds(into: image)
    let finished = ml_monotonic_ns()
    let ours = digests.whole
    figures.digest = "\(ours)"
    try writer.send(.complete(ours))
    switch try reader.nextControl() {
    case .release where ours == theirs: break
    case .cancel(let reason): throw MigrationError(connection.place, "the source cancels: \(reason)")
    default: throw MigrationError(connection.place, "the source goes on although the digests differ")
    }
    waiting.resume()
    vm = waiting
    let running = ml_monotonic_ns()
    figures.seconds = Double(running - start) / 1e9
    figures.handOverMilliseconds = Double(running - finished) / 1e6
    figures.bytes = bytes
  }

  /// Receives pages until the last round is over; returns the source's digest.
  private func receiveRounds(into image: MemoryImage) throws(MigrationError) -> Digest {
    let zero = Digest.zeroPage
    while true {
      let header = try reader.nextHeader()
      bytes += UInt64(WireFormat.recordHeaderLength) + header.bodyLength
      switch header.kind {
      case .pages:
        let run = try place(header, in: image)
        var digested = run.first
        try reader.readBody(into: image.page(run.first), count: run.count * MemoryImage.pageSize) { arrived in
          while (digested - run.first + 1) * MemoryImage.pageSize <= arrived {
            digests[digested] = Digest(of: image.page(digested), count: MemoryImage.pageSize)
            digested += 1
          }
        }
      case .zeroPages:
        let run = try place(header, in: image)
        for page in run.first..<run.end where digests[page] != zero {
          image.page(page).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryImage.pageSize)
          digests[page] = zero
        }
      default:
        switch try reader.control(header) {
        case .roundEnd(let round): try writer.send(.roundDone(round))
        case .finish(let digest): return digest
        case .cancel(let reason): throw MigrationError(connection.place, "the source cancels: \(reason)")
        default: throw MigrationError(connection.place, "the stream is corrupt: \(header.kind) in a round")
        }
      }
    }
  }

  /// The pages a record names, which the image must have.
  private func place(_ header: RecordHeader, in image: MemoryImage) throws(MigrationError) -> PageRun {
    guard header.value <= UInt64(image.pageCount), UInt64(header.pages) <= UInt64(image.pageCount) - header.value else {
      throw MigrationError(
        connection.place, "the stream is corrupt: page \(header.value) + \(header.pages) of \(image.pageCount)")
    }
    return PageRun(first: Int(header.value), count: Int(header.pages))
  }
}
