/// Looks until it holds; false when it did not within half a minute: what never comes fails a test, and does not hold it up.
func eventually(_ holds: () -> Bool) -> Bool {
  let begin = ContinuousClock.now
  while !holds() {
    if begin.duration(to: .now) > .seconds(30) { return false }
  }
  return true
}
