import Units

extension VMProfile {
  /// What a page holds before the first write.
  package enum PageContent: Hashable, Sendable {
    case zero, compressible, duplicate, random
  }

  /// Drawn for each page from the seed, so kinds are mixed as in a real guest and shares hold on the average.
  package func content(ofPage page: Int) -> PageContent {
    let draw = Double(SplitMix64.mix(seed &* 0xD1B5_4A32_D192_ED03 &+ UInt64(page)) >> 11) * 0x1p-53
    if draw < zeroShare { return .zero }
    if draw < zeroShare + compressibleShare { return .compressible }
    return draw < zeroShare + compressibleShare + duplicateShare ? .duplicate : .random
  }

  /// Fills an image of zeros. Without a file each page depends on the seed and its index alone.
  package func fill(_ image: MemoryImage) throws(MigrationError) {
    if let file = self.image { return try image.read(file) }
    let words = MemoryImage.pageSize / 8
    for page in 0..<image.pageCount {
      let content = content(ofPage: page)
      if content == .zero { continue }
      // 64 different pages make up the duplicates, as shared libraries and page caches do in a real guest.
      let number = content == .duplicate ? UInt64(page % 64) | 1 << 63 : UInt64(page)
      var random = SplitMix64(seed: SplitMix64.mix(seed) ^ (number &* 0x9FB2_1C65_1E98_DF25))
      let word = image.page(page).assumingMemoryBound(to: UInt64.self)
      switch content {
      case .zero: break
      case .random, .duplicate:
        for i in 0..<words { word[i] = random.next() }
      case .compressible:
        // 16 random bytes in each line of 64, repeated: less than half is left under LZ4 or zstd.
        for line in stride(from: 0, to: words, by: 8) {
          let (a, b) = (random.next(), random.next())
          for i in stride(from: 0, to: 8, by: 2) {
            word[line + i] = a
            word[line + i + 1] = b
          }
        }
      }
    }
  }
}
