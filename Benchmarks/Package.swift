// swift-tools-version:6.2
import PackageDescription

// A package of its own, so that nothing of it is needed to build or test Millrace.
let package = Package(
  name: "millrace-benchmarks",
  dependencies: [
    .package(name: "millrace", path: ".."),
    // Without traits: neither its malloc nor its runtime interposer, which would change what is measured.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // The yardstick: the same road in C.
    .target(name: "CBridge", path: "CBridge"),
    .executableTarget(
      name: "Pipeline",
      dependencies: [
        "CBridge", .product(name: "Benchmark", package: "benchmark"),
        .product(name: "MillraceDataplane", package: "millrace"),
      ],
      path: "Pipeline", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
