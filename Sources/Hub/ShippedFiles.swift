import Files
import Foundation

/// Finds the files that come with the program, wherever it was built or copied to.
///
/// SwiftPM's `Bundle.module` stops the program if it finds nothing, and a program that was copied without its resources deserves a
/// sentence. So the search is our own and `Bundle.module` stays untouched.
package struct ShippedFiles: Sendable {
    /// The name that SwiftPM gives to the module's resources.
    package let bundleName: String
    /// The folder of the source tree in which the resources lie.
    private let sources: URL

    /// - Parameters:
    ///   - module: the module whose resources they are.
    ///   - sources: the folder of the source tree in which they lie.
    package init(module: String, sources: URL) {
        #if canImport(Darwin)
        bundleName = "isobath_\(module).bundle"
        #else
        bundleName = "isobath_\(module).resources"
        #endif
        self.sources = sources
    }

    /// Where the resources can lie, nearest to the program first.
    package var folders: [URL] {
        let copies = neighbours.compactMap { $0?.appending(path: bundleName) }
        // A bundle that Xcode builds for macOS keeps its files one level down.
        return copies.flatMap { [$0, $0.appending(path: "Contents/Resources")] } + [sources]
    }

    /// The first folder `resource` below one of `folders` that has the file `marker`; below `self.folders` unless others are given.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources.
    package func path(of resource: String, marker: String, below folders: [URL]? = nil) throws -> String {
        for folder in folders ?? self.folders {
            let found = folder.appending(path: resource)
            let file = found.appending(path: marker).path(percentEncoded: false)
            if FileManager.default.fileExists(atPath: file) { return found.path(percentEncoded: false) }
        }
        throw InputError(
            .missing, source: resource,
            found: "found no \(bundleName) beside the program, and no source tree that it was built from",
            expected: "the folder \(resource) that comes with the program",
            advice: "copy \(bundleName) from the build folder beside the program, or give the path of another model")
    }

    /// The folders beside which SwiftPM's build, or a person, puts resources.
    private var neighbours: [URL?] {
        let program = Bundle.main
        let folder = program.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
        #if canImport(Darwin)
        // There a test runs inside a program of Xcode's, and only its own bundle knows where it was built.
        let test = Bundle(for: Anchor.self)
        let around = test.bundleURL.deletingLastPathComponent()
        return [program.resourceURL, program.bundleURL, folder, test.resourceURL, test.bundleURL, around]
        #else
        return [program.resourceURL, program.bundleURL, folder]
        #endif
    }

    #if canImport(Darwin)
    /// Marks the binary that this module was linked into.
    private final class Anchor {}
    #endif
}
