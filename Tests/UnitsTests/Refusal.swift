import Testing
import Units

/// What reading `text` is refused with; records an issue when it is not.
func refusal<Value>(
  of text: String, _ parse: (String) throws(UnitError) -> Value, sourceLocation: SourceLocation = #_sourceLocation
) -> String {
  do throws(UnitError) {
    let value = try parse(text)
    Issue.record("'\(text)' was read as \(value)", sourceLocation: sourceLocation)
    return ""
  } catch { return error.description }
}
