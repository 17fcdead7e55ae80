import ArgumentParser
import Control
import FoundationEssentials
import Units

/// A subcommand of `show`: fetches one document and prints it, once or again and again.
protocol ShowCommand: AsyncParsableCommand {
  associatedtype Document: StatusText
  var options: ShowOptions { get }
  /// Narrows what the switch answers.
  var query: [String: String] { get }
}

extension ShowCommand {
  var query: [String: String] { [:] }

  func run() async throws {
    let client = options.socket.client
    var document = try await client.get(Document.self, query: query)
    guard let interval = try options.interval?.time() else {
      let output = OutputStream.standardOutput
      if options.json { try output.write(json: document) } else { output.write(document.text(since: nil)) }
      return
    }
    let clock = ContinuousClock()
    var seen = clock.now
    try draw(document, since: nil)
    while true {
      try await clock.sleep(for: .nanoseconds(Int64(interval.count)))
      let earlier = document
      document = try await client.get(Document.self, query: query)
      let now = clock.now
      try draw(document, since: EarlierStatus(document: earlier, seconds: (now - seen) / .seconds(1)))
      seen = now
    }
  }

  private func draw(_ document: Document, since earlier: EarlierStatus<Document>?) throws {
    let output = OutputStream.standardOutput
    if options.json {
      try output.write(json: document, pretty: false)
    } else if output.isTerminal {
      // Home, the text with each line's old rest erased, then everything below: no flicker.
      let text = document.text(since: earlier).split(separator: "\n", omittingEmptySubsequences: false)
      output.write("\u{1B}[H" + text.joined(separator: "\u{1B}[K\n") + "\u{1B}[J")
    } else {
      output.write(document.text(since: earlier) + "\n")
    }
  }
}
