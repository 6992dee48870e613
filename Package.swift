// swift-tools-version: 6.2
// Isobath: the DeepSeek model family in Swift.
// One module a folder under Sources; a module imports only what stands below it (docs/architecture.md).
import PackageDescription

let package = Package(
    name: "isobath",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Isobath", targets: ["Isobath"]),
        .executable(name: "isobath", targets: ["Command"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "CKernels"),
        .target(name: "Files"),
        .target(name: "Reports"),
        .target(name: "Tensors", dependencies: ["CKernels", "Files"]),
        .target(name: "Tokenizers", dependencies: ["Files"]),
        .target(name: "Checkpoints", dependencies: ["Files", "Tensors", "Tokenizers"]),
        .target(name: "Models", dependencies: ["Files", "Tensors", "Checkpoints"]),
        .target(name: "Generation", dependencies: ["Files", "Tensors", "Tokenizers", "Checkpoints", "Models"]),
        .target(
            name: "Hub",
            dependencies: [
                "Files", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            resources: [
                .copy("Resources/nano"), .copy("Resources/first-light"), .copy("Resources/shapes"),
                .copy("Resources/recipes"),
            ]),
        .target(
            name: "Quantization",
            dependencies: [
                "Files", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation", "Hub",
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "Evaluation",
            dependencies: ["Files", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation"]),
        .target(
            name: "Training",
            dependencies: [
                "Files", "Reports", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation",
                .product(name: "Yams", package: "Yams"), .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(name: "Curriculum", dependencies: ["Files", "Generation", "Training"]),
        .target(
            name: "Benchmarking",
            dependencies: ["Files", "Tensors", "Checkpoints", "Models", "Generation", "Training"]),
        .target(
            name: "Studies",
            dependencies: [
                "Files", "Reports", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation", "Quantization",
                "Evaluation", "Benchmarking",
            ]),
        .target(
            name: "Isobath",
            dependencies: ["Files", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation", "Hub"]),
        .target(
            name: "Serving",
            dependencies: [
                "Files", "Tensors", "Tokenizers", "Checkpoints", "Models", "Generation", "Hub",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Page")]),
        .executableTarget(
            name: "Command",
            dependencies: [
                "Isobath", "Benchmarking", "Curriculum", "Evaluation", "Files", "Hub", "Quantization", "Reports",
                "Serving", "Studies", "Tensors", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "FilesTests", dependencies: ["TestSupport", "Files"]),
        .testTarget(name: "ReportsTests", dependencies: ["Reports"]),
        .testTarget(name: "TensorsTests", dependencies: ["TestSupport", "Tensors", "Files"]),
        .testTarget(name: "TokenizersTests", dependencies: ["TestSupport", "Tokenizers", "Files"]),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["TestSupport", "Checkpoints", "Tensors", "Tokenizers", "Files"]),
        .testTarget(
            name: "ModelsTests",
            dependencies: ["TestSupport", "Models", "Checkpoints", "Tokenizers", "Tensors", "Files"]),
        .testTarget(
            name: "GenerationTests",
            dependencies: ["TestSupport", "Generation", "Models", "Checkpoints", "Tokenizers", "Tensors", "Files"]),
        .testTarget(
            name: "QuantizationTests",
            dependencies: [
                "TestSupport", "Quantization", "Generation", "Models", "Checkpoints", "Tokenizers", "Tensors", "Files",
            ]),
        .target(
            name: "HubStub",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/HubStub"),
        .testTarget(name: "HubTests", dependencies: ["TestSupport", "HubStub", "Hub", "Files"]),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "TestSupport", "Evaluation", "Generation", "Hub", "Models", "Checkpoints", "Tokenizers", "Tensors",
                "Files",
            ]),
        .testTarget(
            name: "BenchmarkingTests",
            dependencies: ["TestSupport", "Benchmarking", "Generation", "Models", "Checkpoints", "Tensors", "Files"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "TestSupport", "Training", "Generation", "Models", "Checkpoints", "Tokenizers", "Tensors", "Files",
            ]),
        .testTarget(
            name: "CurriculumTests", dependencies: ["TestSupport", "Curriculum", "Generation", "Files"]),
        .testTarget(
            name: "StudiesTests",
            dependencies: ["TestSupport", "Studies", "Quantization", "Evaluation", "Tokenizers", "Hub", "Files"]),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "TestSupport", "HubStub", "Serving", "Generation", "Tokenizers", "Hub", "Files",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "TestSupport", "HubStub", "Command", "Curriculum", "Files", "Isobath",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
