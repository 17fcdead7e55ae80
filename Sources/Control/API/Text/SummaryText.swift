extension SummaryDocument: StatusText {
  public func text(since earlier: EarlierStatus<Self>?) -> String {
    let s = summary
    var rows: [(String, String)] = [
      ("millrace", s.version),
      ("process", "\(s.processID)"),
      ("configuration", s.configuration),
      ("uptime", Figure.span(seconds: s.uptimeSeconds)),
      ("steering", s.steering),
      ("polling", s.polling),
      ("scheduling", s.scheduling),
      ("workers", "\(s.workers)\(s.emulatedShare.map { ", emulated: \(Figure.share($0)) of a CPU each" } ?? "")"),
      ("ports", "\(s.ports), \(s.portsUp) up"),
      ("queues", "\(s.queues) of \(s.queuesMaximum)"),
      ("fdb", "\(Figure.count(s.fdbEntries)) of \(Figure.count(s.fdbCapacity)) addresses"),
    ]
    if let rates = earlier?.rates(of: s, earlier?.document.summary) {
      rows.append(
        ("received", "\(rates.perSecond(\.receivedFrames)) frames/s, \(rates.bitRate(bytes: \.receivedBytes))"))
      rows.append(
        ("transmitted", "\(rates.perSecond(\.transmittedFrames)) frames/s, \(rates.bitRate(bytes: \.transmittedBytes))")
      )
      rows.append(("dropped", "\(rates.perSecond(\.droppedFrames)) frames/s"))
    } else {
      rows.append(("received", "\(Figure.count(s.receivedFrames)) frames, \(Figure.bytes(s.receivedBytes))"))
      rows.append(("transmitted", "\(Figure.count(s.transmittedFrames)) frames, \(Figure.bytes(s.transmittedBytes))"))
      rows.append(("dropped", "\(Figure.count(s.droppedFrames)) frames"))
    }
    let f = s.frames
    rows.append(
      (
        "arena",
        "\(Figure.count(f.total)) frames: \(Figure.count(f.free)) free, \(Figure.count(f.kernel)) in the kernel, "
          + "\(Figure.count(f.held)) held, \(Figure.count(f.lost)) lost"
      ))
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 + "\n" }.joined()
  }
}
