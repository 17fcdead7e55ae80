/// Reads a switch's counters every 100 ms while something runs.
enum Sampler {
  static let interval = Duration.milliseconds(100)

  /// Runs `body`, with a read before it starts and one after it ends.
  static func during<R: Sendable>(
    _ probe: any SwitchProbe, _ body: () async throws -> R
  ) async throws -> (R, [SwitchSample]) {
    let first = try await probe.sample()
    let reading = Task {
      var samples: [SwitchSample] = []
      while !Task.isCancelled {
        try? await Task.sleep(for: interval)
        // A read that fails leaves a gap, which is interpolated over.
        if let sample = try? await probe.sample() { samples.append(sample) }
      }
      return samples
    }
    do {
      let value = try await body()
      reading.cancel()
      let between = await reading.value
      return (value, [first] + between + [try await probe.sample()])
    } catch {
      reading.cancel()
      throw error
    }
  }
}
