/// Finds the pages of an image that were written since it last looked.
///
/// A page written while `take` runs is either in what this call returns or in what the next one does, never in neither.
package protocol DirtyTracker: AnyObject {
  /// How pages are found, and why not in the better way: part of the figures.
  var method: String { get }
  /// Starts to watch. Every page counts as clean from here on.
  func begin() throws(MigrationError)
  /// Puts the pages written since `begin` or the last `take` into `pages`, and counts them as clean.
  func take(into pages: inout PageRuns) throws(MigrationError)
}

/// The best tracker this host offers: userfaultfd, or comparing digests with the reason stated.
package func makeDirtyTracker(for image: MemoryImage) -> any DirtyTracker {
  do {
    return try UserfaultTracker(image)
  } catch {
    return ComparingTracker(image, reason: error.fault)
  }
}
