// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
]

/// A target of our own, and the only modules that it may import.
func floor(_ name: String, on dependencies: String...) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        swiftSettings: strict)
}

/// A program; it wires options to a server or a client, and holds nothing else.
func program(_ name: String, on dependencies: String...) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        swiftSettings: strict)
}

/// The tests of the module of the same name.
func tests(of module: String, with more: String...) -> Target {
    .testTarget(
        name: "\(module)Tests", dependencies: ([module] + more).map { .init(stringLiteral: $0) },
        swiftSettings: strict)
}

/// A C library of Debian's.
func library(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "campana",
    products: [
        .executable(name: "campanad", targets: ["campanad"]),
        .executable(name: "campana", targets: ["campana"]),
    ],
    targets: [
        // 0: C
        .target(name: "CLinux"),
        .target(name: "CConsole", exclude: ["pages"]),
        library("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
        library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        library("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),

        // 1: values; the kernel and the libraries
        floor("Bytes"),
        floor("Log", on: "Bytes"),
        floor("Time"),
        floor("Admission", on: "Bytes", "Time"),
        floor("Settings", on: "Admission", "Bytes", "Telemetry"),
        floor("Telemetry", on: "Bytes", "Log", "Time"),
        floor("Reactor", on: "Bytes", "Time", "CLinux"),
        floor("Crypto", on: "Bytes", "CLinux", "COpenSSL"),
        floor("SQLite", on: "CSQLite"),
        floor("Console", on: "CConsole"),

        // 2: the cores; storage
        floor("JSON", on: "Bytes"),
        floor("CSV", on: "Bytes"),
        floor("HTTP1", on: "Bytes"),
        floor("PubSub", on: "Bytes", "Log"),
        floor("TLS", on: "Bytes", "COpenSSL"),
        floor("SQLiteEngine", on: "Bytes", "Log", "SQLite", "Reactor", "CLinux"),

        // 3
        floor("Audit", on: "Bytes", "Log", "JSON"),
        floor("WebSocket", on: "Bytes", "HTTP1", "Time"),
        floor("Transport", on: "Bytes", "Reactor", "TLS", "CLinux"),
        floor("Trust", on: "Bytes", "Log", "JSON"),

        // 4
        floor("PerMessageDeflate", on: "Bytes", "WebSocket", "CZlib"),
        floor("Hub", on: "Admission", "Bytes", "Log", "PubSub", "JSON", "CSV", "HTTP1", "Trust"),

        // 5: the two halves meet
        floor(
            "HubServer",
            on: "Admission", "Bytes", "Log", "PubSub", "JSON", "HTTP1", "WebSocket",
            "PerMessageDeflate", "Hub",
            "Settings", "Telemetry", "Reactor", "TLS", "Transport", "Trust", "Audit", "Crypto",
            "SQLiteEngine", "Console"),
        floor(
            "HubClient",
            on: "Bytes", "Log", "JSON", "CSV", "HTTP1", "WebSocket", "PerMessageDeflate",
            "Settings", "Telemetry", "Reactor", "TLS", "Transport", "Crypto"),

        // 6
        program("campanad", on: "HubServer", "Settings", "Telemetry", "Log"),
        program("campana", on: "HubClient", "Settings", "Telemetry", "Log"),

        // Each module by its own tests
        tests(of: "Bytes"),
        tests(of: "Log"),
        tests(of: "Time"),
        tests(of: "Admission", with: "Bytes", "Time"),
        tests(of: "Settings", with: "Admission", "Telemetry"),
        tests(of: "Telemetry", with: "Log", "Time"),
        tests(of: "Reactor", with: "Time"),
        tests(of: "Crypto", with: "Bytes"),
        tests(of: "JSON"),
        tests(of: "CSV", with: "Bytes"),
        tests(of: "HTTP1", with: "Bytes"),
        tests(of: "TLS", with: "COpenSSL"),
        tests(of: "PubSub", with: "Log"),
        tests(
            of: "Hub", with: "Admission", "Bytes", "HTTP1", "InMemory", "JSON", "Log", "PubSub",
            "Trust"),
        tests(
            of: "HubServer",
            with: "Audit", "HTTP1", "Hub", "Log", "PerMessageDeflate", "PubSub", "Reactor",
            "Settings", "Telemetry", "WebSocket"),
        tests(of: "WebSocket", with: "HTTP1", "Time"),
        tests(of: "Audit", with: "Bytes", "Crypto", "Log"),
        tests(of: "Trust", with: "Bytes", "Crypto", "Log"),
        tests(of: "Transport", with: "Reactor", "Time"),
        tests(of: "PerMessageDeflate", with: "WebSocket"),
        tests(
            of: "HubClient",
            with: "CSV", "Crypto", "HTTP1", "JSON", "Log", "Reactor", "Transport", "WebSocket"),

        // Records and events without a disk
        .target(
            name: "InMemory", dependencies: ["Log"], path: "Tests/InMemory", swiftSettings: strict),

        // What every engine must pass, and a disk that fails on demand
        .target(
            name: "EngineConformance", dependencies: ["Log", "Reactor"],
            path: "Tests/EngineConformance", swiftSettings: strict),
        .target(name: "CFaultVFS", dependencies: ["CSQLite"], path: "Tests/CFaultVFS"),
        tests(of: "SQLite"),
        tests(
            of: "SQLiteEngine",
            with: "CFaultVFS", "EngineConformance", "Log", "Reactor", "SQLite"),

        // What fuzzers and their replay share
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Bytes", "CSV", "Crypto", "HTTP1", "Hub", "HubClient", "InMemory", "JSON", "Log",
                "PerMessageDeflate", "Settings", "Trust", "WebSocket",
            ],
            path: "Tests/FuzzTargets", swiftSettings: strict),
        .testTarget(
            name: "FuzzCorpusTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
        .executableTarget(
            name: "conformance-client", dependencies: ["HubClient", "Reactor", "WebSocket"],
            path: "Tests/ConformanceClient", swiftSettings: strict),
    ]
)

// Tests/Fuzz/run builds this one: without -sanitize=fuzzer it would have no main function.
if Context.environment["CAMPANA_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
            exclude: ["corpus", "run", "words"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
