// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// What steps run through is optimised in debug builds, too, or tests would take twice as long. It
/// keeps its checks: overflow, bounds and invariants stop an optimised program as well.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let optimisedC: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]

/// A target of pure values: no clock, no I/O, no Foundation.
func pure(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    settings: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// A target at the edge: it knows one foreign thing.
func edge(
    _ name: String,
    _ dependencies: [Target.Dependency],
    settings: [SwiftSetting] = []
) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// An edge whose foreign thing is memory: every unsafe use is marked as one.
func marked(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        swiftSettings: strict + optimised + [.strictMemorySafety()]
    )
}

/// The vector forms of the C library's functions: those of x86-64 are used, elsewhere one by one.
#if arch(x86_64)
    let vectorMath: [LinkerSetting] = [.linkedLibrary("mvec")]
#else
    let vectorMath: [LinkerSetting] = []
#endif

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies)
}

func system(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "moecluster",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Pure: no clock, no I/O, no randomness that is not passed in.
        pure("ClusterModel", settings: optimised),
        pure("Statistics", settings: optimised),
        pure("Routing", ["ClusterModel", "CGateKernels"], settings: optimised),
        pure(
            "MoELayer",
            ["ClusterModel", "Routing", "Exchange", "CBLAS", "CVectorMath"],
            settings: optimised
        ),
        pure("Links", ["ClusterModel", heap, deque], settings: optimised),
        pure("Exchange", ["ClusterModel", "Links", "Statistics"], settings: optimised),
        // On Exchange for TrafficMatrix: a workload is one.
        pure("Workloads", ["ClusterModel", "Exchange"], settings: optimised),
        pure("Faults", ["ClusterModel"]),
        pure("Membership", ["ClusterModel"], settings: optimised),
        pure(
            "FaultPlay",
            ["ClusterModel", "Links", "Exchange", "Faults", "Membership"],
            settings: optimised
        ),
        pure("Report", ["ClusterModel", "Statistics"]),
        // On Report for what it tells: a status is made of records.
        pure("Standing", ["ClusterModel", "Report"]),

        // Foreign code.
        system("CLibuv", "libuv", "libuv1-dev"),
        system("CProtobufC", "libprotobuf-c", "libprotobuf-c-dev"),
        system("CISAL", "libisal", "libisal-dev"),
        system("CSodium", "libsodium", "libsodium-dev"),
        // Not the serial flavour: it is not safe to call from two threads, as tests do.
        system("CBLAS", "openblas", "libopenblas-pthread-dev"),
        .target(name: "CWire", dependencies: ["CProtobufC"]),
        // A kernel in several instruction sets; it calls nothing.
        .target(name: "CGateKernels", cSettings: optimisedC),
        .target(name: "CVectorMath", cSettings: optimisedC, linkerSettings: vectorMath),

        // Edges: each knows one foreign thing.
        marked("EventLoop", ["CLibuv"]),
        marked(
            "Wire",
            ["CWire", "CProtobufC", "CISAL", "CSodium", "ClusterModel", "Links", "Exchange"]
        ),
        edge(
            "Configuration",
            [
                "ClusterModel", "Faults", .product(name: "TOMLKit", package: "TOMLKit"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        edge("ResultFiles", ["ClusterModel", "Report"]),
        // On Routing for TokenBatch: a store hands out what routers take.
        edge("TokenData", ["ClusterModel", "Routing"], settings: optimised),

        // Shells: they play the machines, in virtual time or on the host.
        edge(
            "Simulation",
            ["ClusterModel", "Routing", "Links", "Exchange", "Faults", "FaultPlay", "Membership", heap],
            settings: optimised
        ),
        pure(
            "Evaluation",
            [
                "ClusterModel", "Statistics", "Links", "Exchange", "Faults", "Membership",
                "Simulation", "Report",
            ]
        ),
        edge(
            "ClusterRuntime",
            [
                "ClusterModel", "Statistics", "Routing", "MoELayer", "Links", "Exchange",
                "Membership", "EventLoop", "Standing", "Wire", "TokenData", deque,
            ],
            settings: optimised
        ),

        // Programs.
        .executableTarget(
            name: "moecluster",
            dependencies: [
                "ClusterModel", "Statistics", "Routing", "MoELayer", "Links", "Exchange",
                "Faults", "FaultPlay", "Membership", "Report", "TokenData",
                "Configuration", "ResultFiles", "Simulation", "ClusterRuntime", "Evaluation",
                "Standing", "Workloads",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "moecluster-worker",
            dependencies: ["ClusterRuntime"],
            swiftSettings: strict
        ),

        // Tests, a target for each source target.
        tests("ClusterModelTests", ["ClusterModel"]),
        tests("LinksTests", ["Links", "ClusterModel"]),
        tests("ExchangeTests", ["Exchange", "Links", "ClusterModel"]),
        tests("WorkloadsTests", ["Workloads", "Exchange", "ClusterModel"]),
        tests("FaultsTests", ["Faults", "ClusterModel"]),
        tests(
            "FaultPlayTests",
            [
                "FaultPlay", "Faults", "Exchange", "Links", "Membership", "Simulation",
                "ClusterModel",
            ]
        ),
        tests("MembershipTests", ["Membership", "ClusterModel"]),
        tests("StandingTests", ["Standing", "ClusterModel"]),
        .target(
            name: "WireFixture",
            dependencies: ["ClusterModel", "Links", "Exchange", "Wire"],
            path: "Tests/WireFixture"
        ),
        tests("EventLoopTests", ["EventLoop"]),
        tests("WireTests", ["Wire", "WireFixture", "Exchange", "ClusterModel"]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "ClusterModel", "Configuration", "Exchange", "Routing", "Standing", "TokenData",
                "Wire", "WireFixture",
            ],
            path: "Tests/Fuzz/Targets",
            swiftSettings: optimised
        ),
        .executableTarget(
            name: "moecluster-fuzz",
            dependencies: ["FuzzTargets"],
            path: "Tests/Fuzz/Program"
        ),
        tests("FuzzTests", ["FuzzTargets"]),
        .target(
            name: "Conformance",
            dependencies: ["ClusterModel", "Exchange", "Links", "Simulation"],
            path: "Tests/Soak/Conformance",
            // It compares every byte of a step.
            swiftSettings: optimised
        ),
        .executableTarget(
            name: "moecluster-soak",
            dependencies: ["Conformance"],
            path: "Tests/Soak/Program"
        ),
        tests("SoakTests", ["Conformance", "ClusterModel"]),
        tests(
            "SimulationTests",
            [
                "Simulation", "Workloads", "Exchange", "Faults", "FaultPlay", "Links", "Membership",
                "ClusterModel",
            ]
        ),
        tests(
            "EvaluationTests",
            [
                "Evaluation", "Exchange", "Links", "Membership", "Report", "Simulation",
                "Statistics", "ClusterModel",
            ]
        ),
        tests("ConfigurationTests", ["Configuration", "Faults", "ClusterModel"]),
        tests("StatisticsTests", ["Statistics"]),
        .target(
            name: "ReportFixture",
            dependencies: ["ClusterModel", "Report", "Statistics"],
            path: "Tests/ReportFixture"
        ),
        tests("ReportTests", ["ClusterModel", "Report", "ReportFixture"]),
        tests("ResultFilesTests", ["Report", "ReportFixture", "ResultFiles"]),
        tests("RoutingTests", ["Routing", "ClusterModel"]),
        .executableTarget(
            name: "moecluster-bench-routing",
            dependencies: ["Routing", "ClusterModel"],
            path: "Tests/RoutingBench",
            swiftSettings: strict
        ),
        tests(
            "MoELayerTests",
            ["MoELayer", "Routing", "Exchange", "ClusterModel", "CVectorMath"]
        ),
        tests(
            "BehaviourTests",
            [
                "MoELayer", "Routing", "TokenData", "Simulation", "Exchange", "Links",
                "ClusterModel",
            ]
        ),
        tests("TokenDataTests", ["TokenData", "Routing", "ClusterModel"]),
        tests(
            "ClusterRuntimeTests",
            [
                "ClusterRuntime", "EventLoop", "MoELayer", "Routing", "Exchange", "TokenData",
                "Wire", "ClusterModel",
            ]
        ),
        // Real processes: the programs have to be built for them.
        tests(
            "ClusterTests",
            [
                "moecluster", "moecluster-worker", "ClusterRuntime", "ClusterModel", "EventLoop",
                "Exchange", "Links", "Membership", "Simulation", "Wire",
            ]
        ),
    ]
)
