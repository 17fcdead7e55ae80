extension VMProfile {
  /// What a page holds before the first write.
  package enum PageContent: Hashable, Sendable {
    case zero, compressible, random
  }

  /// Drawn for each page from the seed, so kinds are mixed as in a real guest and shares hold on the average.
  package func content(ofPage page: Int) -> PageContent {
    let draw = Double(SplitMix64.mix(seed &* 0xD1B5_4A32_D192_ED03 &+ UInt64(page)) >> 11) * 0x1p-53
    if draw < zeroShare { return .zero }
    return draw < zeroShare + compressibleShare ? .compressible : .random
  }

  /// Fills an image of zeros. Each page depends on the seed and its index alone.
  package func fill(_ image: MemoryImage) {
    let words = MemoryImage.pageSize / 8
    for page in 0..<image.pageCount {
      let content = content(ofPage: page)
      if content == .zero { continue }
      var random = SplitMix64(seed: SplitMix64.mix(seed) ^ (UInt64(page) &* 0x9FB2_1C65_1E98_DF25))
      let word = image.page(page).assumingMemoryBound(to: UInt64.self)
      switch content {
      case .zero: break
      case .random:
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
