/// The word of `words` that was probably meant by `written`, or nil when none is near.
///
/// Distance: insertions, deletions, replacements and swaps of neighbours (Damerau-Levenshtein, optimal string
/// alignment), without regard to case; at most one for each three letters, and one for short words.
func nearestWord(to written: String, among words: [String]) -> String? {
  let limit = max(1, written.count / 3)
  let distances = words.map { (word: $0, distance: editDistance(written.lowercased(), $0.lowercased())) }
  let best = distances.filter { $0.distance <= limit }.min { $0.distance < $1.distance }
  return best?.word
}

private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  // Rows i-2, i-1 and i of the table of distances between prefixes.
  var (beforeLast, last) = ([Int](), Array(0...b.count))
  for i in 1...a.count {
    var row = [i]
    for j in 1...b.count {
      var distance = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { distance = min(distance, beforeLast[j - 2] + 1) }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
