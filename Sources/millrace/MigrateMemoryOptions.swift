import ArgumentParser
import Migration
import Units

/// What the VMs of `migrate send` hold and how they write.
struct MigrateMemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Written a second in each VM, in pages touched; left out: 0, nothing.", valueName: "size"),
    transform: Self.rate)
  var dirtyRate = Bytes(0)

  @Option(
    help: ArgumentHelp("How much of the memory is written, a size or a share; left out: 25%.", valueName: "size|share"),
    transform: Portion.init(parsing:))
  var workingSet = Portion.share(0.25)

  @Option(help: ArgumentHelp("Pages of zeros; left out: 10%.", valueName: "share"), transform: Self.share)
  var zero = 0.1

  @Option(
    help: ArgumentHelp("Pages that compress to less than half, left out: 0%; the rest is random.", valueName: "share"),
    transform: Self.share)
  var compressible = 0.0

  @Option(
    help: ArgumentHelp("Pages that equal another page; left out: 0%.", valueName: "share"), transform: Self.share)
  var duplicate = 0.0

  @Option(
    help: ArgumentHelp("What memory holds in place of these: the file's bytes, then zeros.", valueName: "file"))
  var image: String?

  @Option(help: ArgumentHelp("Where contents and the order of writes come from.", valueName: "n"))
  var seed: UInt64 = 1

  /// The VMs, named vm1, vm2, …, each with a seed of its own.
  func profiles(_ sizes: [Bytes]) -> [VMProfile] {
    sizes.enumerated().map { index, size in
      var profile = VMProfile(
        name: "vm\(index + 1)", memory: size, zeroShare: zero, compressibleShare: compressible,
        duplicateShare: duplicate, dirtyRate: dirtyRate, workingSet: workingSet.of(size), seed: seed &+ UInt64(index))
      profile.image = image
      return profile
    }
  }

  /// A part of a VM's memory.
  enum Portion {
    case bytes(Bytes)
    case share(Double)

    init(parsing text: String) throws {
      self = text.hasSuffix("%") ? .share(try Share(parsing: text).fraction) : .bytes(try Bytes(parsing: text))
    }

    func of(_ memory: Bytes) -> Bytes {
      switch self {
      case .bytes(let bytes): bytes
      case .share(let share): Bytes(UInt64(Double(memory.count) * share))
      }
    }
  }

  /// Nothing needs no unit.
  private static func rate(_ text: String) throws -> Bytes { text == "0" ? Bytes(0) : try Bytes(parsing: text) }

  private static func share(_ text: String) throws -> Double { text == "0%" ? 0 : try Share(parsing: text).fraction }
}
