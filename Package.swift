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
        pure("Report", ["ClusterModel"]),
        pure("Routing", ["ClusterModel"]),

        // Foreign code.
        system("CLibuv", "libuv", "libuv1-dev"),
        system("CProtobufC", "libprotobuf-c", "libprotobuf-c-dev"),
        system("CISAL", "libisal", "libisal-dev"),
        system("CSodium", "libsodium", "libsodium-dev"),

        // Edges.
        // On Routing for TokenBatch: a store hands out what routers take.
        edge("TokenData", ["ClusterModel", "Routing"]),

        // Programs.
        .executableTarget(
            name: "moecluster",
            dependencies: [
                "ClusterModel", "Routing", "TokenData",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // Tests, a target for each source target.
        tests("ClusterModelTests", ["ClusterModel"]),
        tests("RoutingTests", ["Routing", "ClusterModel"]),
        tests("TokenDataTests", ["TokenData", "Routing", "ClusterModel"]),
    ]
)
