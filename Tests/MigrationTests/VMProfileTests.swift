import Foundation
import Migration
import Testing
import Units

struct VMProfileTests {
  @Test func `equal profiles give equal memory, other seeds other memory`() throws {
    let (a, b) = (try VirtualMachine(seeding: .small()), try VirtualMachine(seeding: .small()))
    let other = try VirtualMachine(seeding: .small(seed: 8))
    #expect(a.image.digest == b.image.digest)
    #expect(a.image.digest != other.image.digest)
  }

  @Test func `memory holds a file's bytes, then zeros`() throws {
    var profile = VMProfile.small()
    let file = FileManager.default.temporaryDirectory.appending(path: "millrace-image-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    let bytes = (0..<9_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    try Data(bytes).write(to: file)
    profile.image = file.path
    let image = try VirtualMachine(seeding: profile).image
    let all = UnsafeRawBufferPointer(start: image.base, count: image.byteCount)
    #expect(all.prefix(bytes.count).elementsEqual(bytes))
    #expect(all.dropFirst(bytes.count).allSatisfy { $0 == 0 })
    profile.image = file.path + "-none"
    #expect(throws: MigrationError.self) { try VirtualMachine(seeding: profile) }
  }

  @Test func `shares of zero and compressible pages hold`() throws {
    var profile = VMProfile.small()
    profile.memory = Bytes(32 << 20)
    let vm = try VirtualMachine(seeding: profile)
    var (zero, repetitive) = (0, 0)
    for page in 0..<vm.image.pageCount {
      let words = UnsafeBufferPointer(
        start: vm.image.page(page).assumingMemoryBound(to: UInt64.self), count: MemoryImage.pageSize / 8)
      if words.allSatisfy({ $0 == 0 }) {
        zero += 1
      } else if Set(words).count * 2 < words.count {
        repetitive += 1
      }
    }
    // 8,192 pages: five standard deviations are 2.2 %.
    let pages = Double(vm.image.pageCount)
    #expect(abs(Double(zero) / pages - 0.2) < 0.022)
    #expect(abs(Double(repetitive) / pages - 0.3) < 0.026)
  }

  @Test func `nonsense is refused in one line`() {
    func fault(_ change: (inout VMProfile) -> Void) -> String? {
      var profile = VMProfile.small()
      change(&profile)
      do {
        try profile.validate()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(fault { _ in } == nil)
    #expect(fault { $0.zeroShare = 0.8 }?.contains("exceed 100%") == true)
    #expect(fault { $0.workingSet = Bytes(9 << 20) }?.contains("exceeds its memory") == true)
    #expect(fault { $0.memory = Bytes(1) }?.contains("out of range") == true)
    #expect(fault { $0.name = "" }?.contains("not a VM name") == true)
    #expect(fault { $0.workingSet = Bytes(0) }?.contains("no page to write") == true)
  }

  @Test func `memory this host does not have is refused before it is touched`() {
    #expect(throws: MigrationError.self) { try MemoryImage(byteCount: 1 << 45, name: "vm1") }
  }
}
