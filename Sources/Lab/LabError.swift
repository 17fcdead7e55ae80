/// Something of a lab could not be made: one line, place, fault and fix.
public struct LabError: Error, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
