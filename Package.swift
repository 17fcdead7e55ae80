// swift-tools-version:6.2
import PackageDescription

// Every target: Swift 6 language mode, warnings are errors, existentials are spelled out.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "millrace",
  products: [
    .executable(name: "millrace", targets: ["millrace"]),
    // What Benchmarks/, a package of its own, measures.
    .library(name: "MillraceDataplane", targets: ["Dataplane", "Ports", "Rings", "Wire", "Units", "CLinux"]),
  ],
  dependencies: [
    // The command line: parsing, help pages and completion.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // The configuration file: YAML with the line and column of every node, for error messages.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // The control API: HTTP over a Unix socket, server and client, with few dependencies.
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    // The switch's log.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // Meters' totals over restarts: SQLite, with its transactions and migrations.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Running ip, ethtool and QEMU without a shell.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // C: what Swift cannot import by itself.
    .systemLibrary(name: "CXDP", providers: [.apt(["libbpf-dev", "libxdp-dev", "libelf-dev"])]),
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCompression", providers: [.apt(["libzstd-dev", "liblz4-dev"])]),
    .target(name: "CMillraceABI"),
    .target(name: "CMillraceBPF"),
    .target(name: "CLinux"),

    // The frame's road, in the order a frame meets the targets.
    .target(name: "Units", swiftSettings: settings),
    .target(name: "Wire", dependencies: ["Units", "CMillraceABI"], swiftSettings: settings),
    .target(name: "Rings", dependencies: ["Units", "CXDP", "CLinux"], swiftSettings: settings),
    .target(
      name: "Ports", dependencies: ["Rings", "Wire", "Units", "CLinux", "CMillraceABI"], swiftSettings: settings),
    .target(
      name: "Dataplane", dependencies: ["Ports", "Rings", "Wire", "Units", "CLinux", "CMillraceABI"],
      swiftSettings: settings),
    .target(
      name: "Steering", dependencies: ["Wire", "Units", "CXDP", "CLinux", "CMillraceABI", "CMillraceBPF"],
      swiftSettings: settings),

    // Control: configuration, plan, apply, API.
    .target(
      name: "Control",
      dependencies: [
        "Dataplane", "Ports", "Rings", "Steering", "Wire", "Units", "CLinux", "CMillraceABI",
        .product(name: "Yams", package: "Yams"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ], swiftSettings: settings),

    // What is measured through the switch, and with what.
    .target(
      name: "Migration", dependencies: ["Units", "CLinux", "CXXHash", "COpenSSL", "CCompression"],
      swiftSettings: settings),
    .target(
      name: "Lab", dependencies: ["Units", "CLinux", .product(name: "Subprocess", package: "swift-subprocess")],
      swiftSettings: settings),
    .target(
      name: "Measure",
      dependencies: ["Lab", "Steering", "Wire", "Units", .product(name: "Subprocess", package: "swift-subprocess")],
      exclude: ["README.md"], swiftSettings: settings),
    .executableTarget(
      name: "millrace",
      dependencies: [
        "Control", "Migration", "Lab", "Measure", "Wire", "Units",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: settings),
    // Numbered flows, floods and sinks for tests and benchmarks; not installed.
    .executableTarget(
      name: "traffic",
      dependencies: [
        "Wire", "Units", "CLinux", "CXDP", "CXXHash",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),

    // Counts heap allocations of the test program.
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(name: "UnitsTests", dependencies: ["Units"], swiftSettings: settings),
    .testTarget(name: "WireTests", dependencies: ["Wire", "Units"], swiftSettings: settings),
    .testTarget(name: "RingsTests", dependencies: ["Rings", "Units", "CXDP", "CLinux"], swiftSettings: settings),
    .testTarget(name: "PortsTests", dependencies: ["Ports", "Rings", "Units"], swiftSettings: settings),
    .testTarget(
      name: "DataplaneTests",
      dependencies: ["Dataplane", "Ports", "Rings", "Wire", "Units", "CLinux", "CMillraceABI", "CAllocationCounter"],
      swiftSettings: settings),
    .testTarget(
      name: "SteeringTests", dependencies: ["Steering", "Wire", "Units", "CLinux", "CMillraceABI", "CXDP"],
      swiftSettings: settings),
    .testTarget(
      name: "ControlTests", dependencies: ["Control", "Dataplane", "Steering", "Wire", "Units"], swiftSettings: settings
    ),
    .testTarget(name: "MigrationTests", dependencies: ["Migration", "Units"], swiftSettings: settings),
    .testTarget(name: "LabTests", dependencies: ["Lab", "Units"], swiftSettings: settings),
    .testTarget(name: "MeasureTests", dependencies: ["Measure", "Units"], swiftSettings: settings),
    // Real packets through a real switch; needs root.
    .testTarget(
      name: "SwitchTests", dependencies: ["Control", "Lab", "Steering", "Wire", "Units"], swiftSettings: settings),
  ]
)
