import Migration

/// Writes a page of the image right after it was sent: once, in the first round, or behind every round.
final class WritingTransport: MigrationTransport {
  private let transport: any MigrationTransport
  private var word: UInt64
  private let page: Int
  private let again: Bool

  /// Every word of the page becomes `word`, with `again` one more each time.
  init(_ transport: any MigrationTransport, writing word: UInt64, toPage page: Int, again: Bool = false) {
    self.transport = transport
    self.word = word
    self.page = page
    self.again = again
  }

  var sourcePort: UInt16 { transport.sourcePort }
  func greet(_ hello: Hello) throws(MigrationError) { try transport.greet(hello) }
  func send(_ pages: PageRuns, of image: MemoryImage, digests: inout PageDigests) throws(MigrationError) {
    try transport.send(pages, of: image, digests: &digests)
    guard again || pages.pageCount == image.pageCount else { return }
    image.page(page).initializeMemory(as: UInt64.self, repeating: word, count: MemoryImage.pageSize / 8)
    if again { word += 1 }
  }
  func send(_ record: ControlRecord) throws(MigrationError) { try transport.send(record) }
  func receive() throws(MigrationError) -> ControlRecord { try transport.receive() }
  func close() { transport.close() }
  func reset() { transport.reset() }
}

/// A source whose target is `endpoint` and over whose transport page `page` is written as `WritingTransport` says.
func writingSource(
  _ vm: VirtualMachine, to endpoint: Endpoint, rule: ConvergenceRule = .init(), tracker: (any DirtyTracker)? = nil,
  progress: MigrationProgress = .init(), writing word: UInt64, toPage page: Int, again: Bool = false
) -> MigrationSource {
  MigrationSource(
    vm: vm, options: .init(target: endpoint, rule: rule, migration: (1, 2)), progress: progress,
    tracker: tracker ?? makeDirtyTracker(for: vm.image)
  ) { progress throws(MigrationError) in
    let place = "\(vm.profile.name) to \(endpoint)"
    let connection = try TCPConnection.connect(to: endpoint, sourcePort: nil, place: place)
    return WritingTransport(
      TCPTransport(connection: connection, progress: progress), writing: word, toPage: page, again: again)
  }
}
