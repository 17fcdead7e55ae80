/// The version this program was built from (Semantic Versioning 2.0.0).
public enum MillraceVersion {
  public static let current = "0.1.0"
}
