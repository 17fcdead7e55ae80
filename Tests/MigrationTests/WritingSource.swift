import Migration

/// A source that writes page `page` right after it sent it: once, in the first round, or behind every round. Every word
/// becomes `word`, with `again` one more each time.
func writingSource(
  _ vm: VirtualMachine, to endpoint: Endpoint, rule: ConvergenceRule = .init(), tracker: (any DirtyTracker)? = nil,
  progress: MigrationProgress = .init(), writing word: UInt64, toPage page: Int, again: Bool = false
) -> MigrationSource {
  let source = MigrationSource(
    vm: vm, options: .init(target: [endpoint], rule: rule, transport: .init(security: .plain), migration: (1, 2)),
    progress: progress, control: .init(), tracker: tracker ?? makeDirtyTracker(for: vm.image))
  var word = word
  source.afterSending = { round in
    guard again || round == 0 else { return }
    vm.image.page(page).initializeMemory(as: UInt64.self, repeating: word, count: MemoryImage.pageSize / 8)
    if again { word += 1 }
  }
  return source
}
