import CLinux
import Glibc
import Synchronization
import Units

/// How long writers waited for pages that were still at the source.
public struct FaultFigures: Codable, Hashable, Sendable {
  /// Pages that a writer touched before they had come.
  public var faults: Int
  /// From the fault to the page's arrival.
  public var medianMilliseconds: Double
  public var longestMilliseconds: Double
}

/// The pages of a running VM that are still at the source: touching one waits until it has come.
///
/// Pages are dropped from the image and come back by UFFDIO_COPY, which also wakes whoever waits; a page is never put in
/// place twice, since the VM may have written it by then.
final class MissingPages: @unchecked Sendable {
  private struct State {
    var asked: [Int: UInt64] = [:]
    var latencies: [UInt64] = []
  }

  private let image: MemoryImage
  private let descriptor: Int32
  private let isOver = Atomic<Bool>(false)
  private let state = Mutex(State())
  private let thread: Mutex<JoinableThread?> = Mutex(nil)

  /// Drops the pages, and calls `want` for each that is touched. Their digests become those of missing pages: should one
  /// of them never come, the digest of all memory shows it.
  init(
    _ runs: PageRuns, of image: MemoryImage, digests: PageDigests, want: @escaping @Sendable (Int) -> Void
  ) throws(MigrationError) {
    self.image = image
    descriptor = ml_missing_open()
    guard descriptor >= 0 else {
      throw MigrationError("post-copy", call: "userfaultfd", errno: -descriptor, fix: "leave --post-copy out")
    }
    // A fault must bring one page, not two mebibytes.
    _ = madvise(image.base, image.byteCount, MADV_NOHUGEPAGE)
    for run in runs.runs {
      _ = madvise(image.page(run.first), run.count * MemoryImage.pageSize, MADV_DONTNEED)
      for page in run.first..<run.end { digests[page] = .missingPage }
    }
    let result = ml_missing_register(descriptor, image.base, UInt64(image.byteCount))
    guard result == 0 else { throw MigrationError("post-copy", call: "userfaultfd", errno: -result) }
    thread.withLock { $0 = JoinableThread(name: "faults") { [self] in listen(want) } }
  }

  deinit { close(descriptor) }

  private func listen(_ want: (Int) -> Void) {
    let base = UInt64(UInt(bitPattern: image.base))
    while !isOver.load(ordering: .relaxed) {
      let address = ml_missing_next(descriptor, 20)
      if address == .max { return }
      guard address >= base, address < base + UInt64(image.byteCount) else { continue }
      let page = Int(address - base) / MemoryImage.pageSize
      let isNew = state.withLock { state in
        guard state.asked[page] == nil else { return false }
        state.asked[page] = ml_monotonic_ns()
        return true
      }
      if isNew { want(page) }
    }
  }

  /// A page has come. False: it is there already, and stays as it is.
  func place(_ page: Int, _ content: UnsafeRawPointer) throws(MigrationError) -> Bool {
    let result = ml_missing_place(descriptor, image.page(page), content, UInt64(MemoryImage.pageSize))
    guard result >= 0 else { throw MigrationError("post-copy", call: "UFFDIO_COPY", errno: -result) }
    guard result == 1 else { return false }
    state.withLock { state in
      if let asked = state.asked[page] { state.latencies.append(ml_monotonic_ns() - asked) }
    }
    return true
  }

  /// All have come, or none will any more: what is missing reads as zeros.
  func end() {
    guard !isOver.exchange(true, ordering: .relaxed) else { return }
    thread.withLock { $0?.join() }
    _ = ml_missing_end(descriptor, image.base, UInt64(image.byteCount))
  }

  var figures: FaultFigures {
    let latencies = state.withLock { $0.latencies }.sorted().map { Double($0) / 1e6 }
    return FaultFigures(
      faults: latencies.count, medianMilliseconds: latencies.isEmpty ? 0 : latencies[latencies.count / 2],
      longestMilliseconds: latencies.last ?? 0)
  }
}
