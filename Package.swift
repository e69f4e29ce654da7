// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A target of pure values: no clock, no I/O, no Foundation.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A target at the edge: it knows one foreign thing.
func edge(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies)
}

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "moecluster",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // Pure.
        pure("ClusterModel"),
        pure("Statistics"),
        pure("Report", ["ClusterModel", "Statistics"]),

        // Edges.
        edge("ResultFiles", ["ClusterModel", "Report"]),

        // Foreign code.
        system("CLibuv", "libuv", "libuv1-dev"),
        system("CProtobufC", "libprotobuf-c", "libprotobuf-c-dev"),
        system("CISAL", "libisal", "libisal-dev"),
        system("CSodium", "libsodium", "libsodium-dev"),

        // Tests, a target for each source target.
        tests("ClusterModelTests", ["ClusterModel"]),
        tests("StatisticsTests", ["Statistics"]),
        .target(
            name: "ReportFixture",
            dependencies: ["ClusterModel", "Report", "Statistics"],
            path: "Tests/ReportFixture"
        ),
        tests("ReportTests", ["ClusterModel", "Report", "ReportFixture"]),
        tests("ResultFilesTests", ["Report", "ReportFixture", "ResultFiles"]),
    ]
)
