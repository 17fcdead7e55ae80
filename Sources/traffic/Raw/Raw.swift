import ArgumentParser

/// `traffic raw`: exact frames, out and in.
struct Raw: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send exact frames, and record the frames that come.", subcommands: [RawSend.self, RawCapture.self])
}
