/// How a source moves pages and records to its target. The engine decides which pages and when; a transport decides
/// over what: one TCP stream, compressed, several connections.
///
/// Not thread-safe: one migration, one thread.
package protocol MigrationTransport: AnyObject {
  /// The port the stream leaves from.
  var sourcePort: UInt16 { get }
  /// Introduces the VM. Throws the target's words when it refuses.
  func greet(_ hello: Hello) throws(MigrationError)
  /// Sends pages and stores the digest of each as it goes. Pages of zeros cost a header for each run of them.
  func send(_ pages: PageRuns, of image: MemoryImage, digests: inout PageDigests) throws(MigrationError)
  /// Sends a record behind all pages sent before it, whatever way those take.
  func send(_ record: ControlRecord) throws(MigrationError)
  /// Waits for the target's next record. A `failed` record is thrown as the error it carries.
  func receive() throws(MigrationError) -> ControlRecord
  /// Ends in good order, once the target has said `done`.
  func close()
  /// Ends at once; the target sees a cut.
  func reset()
}
