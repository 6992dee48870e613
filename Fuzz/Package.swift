// swift-tools-version: 6.2
// Fuzzes everything that reads files from outside. Scripts/fuzz builds and runs it: libFuzzer and the sanitizers come
// with flags that a manifest may not contain.
import PackageDescription

let package = Package(
    name: "isobath-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "isobath", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(name: "Fuzz", dependencies: ["CFuzzer", .product(name: "Isobath", package: "isobath")]),
    ],
    swiftLanguageModes: [.v6]
)
