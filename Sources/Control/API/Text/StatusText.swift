/// A document as aligned text for people.
public protocol StatusText: StatusDocument {
  /// `earlier` is the same document some time ago: then counters are shown as what they gained a second.
  func text(since earlier: EarlierStatus<Self>?) -> String
}

/// A document seen before, and how long ago.
public struct EarlierStatus<Document: StatusDocument>: Sendable {
  public var document: Document
  public var seconds: Double

  public init(document: Document, seconds: Double) {
    self.document = document
    self.seconds = seconds
  }
}

/// What counters of one object gained a second, against the same object earlier.
struct Rates<Object> {
  let now: Object
  let earlier: Object?
  let seconds: Double

  /// Nil when the object is new or its counter started anew.
  func rate(_ counter: (Object) -> UInt64) -> Double? {
    guard let earlier, seconds > 0, counter(now) >= counter(earlier) else { return nil }
    return Double(counter(now) - counter(earlier)) / seconds
  }

  func perSecond(_ counter: (Object) -> UInt64) -> String { rate(counter).map(Figure.perSecond) ?? Figure.none }

  func bitRate(bytes counter: (Object) -> UInt64) -> String {
    rate(counter).map { Figure.bitRate($0 * 8) } ?? Figure.none
  }
}

extension EarlierStatus {
  func rates<Object>(of now: Object, _ earlier: Object?) -> Rates<Object> {
    Rates(now: now, earlier: earlier, seconds: seconds)
  }
}
