/// Markup that is safe to put in a page: made only from elements and from text, which is escaped on the way in.
public struct HTML: Hashable, Sendable {
  public let markup: String

  private init(markup: String) { self.markup = markup }

  public static let empty = HTML(markup: "")

  /// Text as text, whatever it holds.
  public static func text(_ text: String) -> HTML { HTML(markup: escape(text)) }

  /// An element with its children. Names come from our own code; attribute values are escaped.
  public static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>, _ children: [HTML]
  ) -> HTML {
    let written = attributes.map { " \($0.key)=\"\(escape($0.value))\"" }.joined()
    let inside = children.map(\.markup).joined()
    return HTML(markup: "<\(name)\(written)>\(inside)</\(name)>")
  }

  public static func element(_ name: String, _ children: [HTML]) -> HTML { element(name, [:], children) }

  /// An element that holds only text.
  public static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String>, _ text: String
  ) -> HTML {
    element(name, attributes, [.text(text)])
  }

  public static func element(_ name: String, _ text: String) -> HTML { element(name, [:], [.text(text)]) }

  /// A style sheet of our own.
  public static func style(_ css: String) -> HTML { HTML(markup: "<style>\(css)</style>") }

  /// A script of our own or of a library; what would end the element early is written another way.
  public static func script(_ source: String) -> HTML {
    HTML(markup: "<script>\(source.replacing("</script", with: "<\\/script"))</script>")
  }

  /// JSON for a script to read by the element's id. `<` is written as an escape, so no text in it can end the element.
  public static func data(id: String, json: String) -> HTML {
    let safe = json.replacing("<", with: "\\u003c")
    return HTML(markup: "<script type=\"application/json\" id=\"\(escape(id))\">\(safe)</script>")
  }

  /// A whole document.
  public static func document(title: String, head: [HTML], body: [HTML]) -> String {
    let heading = [
      HTML(markup: "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"),
      HTML(markup: "<meta name=\"color-scheme\" content=\"light dark\">"), element("title", title),
    ]
    let parts = element("head", heading + head).markup + "\n" + element("body", body).markup
    return "<!doctype html>\n<html lang=\"en\">\(parts)</html>\n"
  }

  /// `&`, `<`, `>`, and both quotes as entities.
  public static func escape(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
