/// What a worker's time goes to, learned from what it spent in all: so much a frame, so much a byte.
///
/// Least squares over all samples, older ones fading, neither part negative. While frames are all of one size the parts
/// cannot be told apart, and need not be.
public struct FrameCost: Sendable {
  /// Sums over the samples: x is frames, y is bytes in units of `bytesUnit`, t is time.
  private var xx = 0.0, xy = 0.0, yy = 0.0, xt = 0.0, yt = 0.0

  /// Bytes of an ordinary full frame, so that both parts are of one order of magnitude.
  private static let bytesUnit = 1500.0
  private static let fading = 0.98
  /// Draws both parts to each other where the samples say nothing.
  private static let ridge = 1e-4

  public init() {}

  /// A worker took this long for so many frames and bytes.
  public mutating func learn(frames: Double, bytes: Double, time: Double) {
    guard frames > 0 else { return }
    let (x, y) = (frames, bytes / Self.bytesUnit)
    // Relative to the frames, so that a busy moment does not outweigh all others.
    let weight = 1 / x
    xx = xx * Self.fading + weight * x * x
    xy = xy * Self.fading + weight * x * y
    yy = yy * Self.fading + weight * y * y
    xt = xt * Self.fading + weight * x * time
    yt = yt * Self.fading + weight * y * time
  }

  /// Time for a frame and for a byte, in the unit of the samples' time; 1 for a frame and for 1,500 bytes before any.
  public var parts: (frame: Double, byte: Double) {
    guard xx > 0 else { return (1, 1 / Self.bytesUnit) }
    let pull = Self.ridge * (xx + yy)
    let (a, b) = (xx + pull, yy + pull)
    let determinant = a * b - xy * xy
    var frame = (b * xt - xy * yt) / determinant
    var byte = (a * yt - xy * xt) / determinant
    if frame < 0 { (frame, byte) = (0, yt / b) }
    if byte < 0 { (frame, byte) = (xt / a, 0) }
    return frame + byte > 0 ? (frame, byte / Self.bytesUnit) : (1, 1 / Self.bytesUnit)
  }

  public func of(frames: Double, bytes: Double) -> Double {
    let parts = parts
    return parts.frame * frames + parts.byte * bytes
  }
}
