import Glibc

/// Where the programs of this package are.
public enum BuiltProgram {
  /// A program that was built together with the running one. Throws when it is not beside it.
  /// - Parameter name: a product of the package, `millrace` or `traffic`.
  public static func path(_ name: String) throws(LabError) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = buffer.withUnsafeMutableBytes {
      readlink("/proc/self/exe", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    let own = String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
    // Test bundles are run by another program, which is told the bundle's path.
    for neighbour in [own] + CommandLine.arguments {
      guard let slash = neighbour.lastIndex(of: "/") else { continue }
      let program = "\(neighbour[...slash])\(name)"
      if access(program, X_OK) == 0 { return program }
    }
    throw LabError("the program '\(name)' is not beside \(own); build it with Scripts/build")
  }
}
