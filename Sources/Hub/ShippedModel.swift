import Files
import Foundation

/// The model that comes with the program, so that it can say something before anything was downloaded.
public enum ShippedModel {
    /// The name under which commands know it.
    public static let name = "first-light"

    /// What it is and how to ask it, for people who meet it.
    public static let summary =
        "First Light is a very small trained test model (about 1.5 million parameters): it adds and subtracts numbers of "
        + "up to three digits, shows its steps, takes each question by itself, and knows nothing else. "
        + "Ask as it was taught, with spaces: What is 347 + 586?"

    /// Whether it was taught conversations of several turns.
    public static let remembersTurns = false

    /// The path of its folder: `config.json`, `generation_config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json`.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources.
    public static func path() throws -> String { try path(below: resourceFolders) }

    /// The first of `folders` below which the model lies complete enough to be opened.
    static func path(below folders: [URL]) throws -> String {
        try resource(name, marker: "config.json", below: folders)
    }

    /// The first folder `resource` below one of `folders` that has the file `marker`.
    static func resource(_ resource: String, marker: String, below folders: [URL]) throws -> String {
        for folder in folders {
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

    /// Where the resources can lie, nearest to the program first.
    ///
    /// SwiftPM's `Bundle.module` stops the program if it finds nothing, and a program that was copied without its
    /// resources deserves a sentence. So the search is our own and `Bundle.module` stays untouched.
    static var resourceFolders: [URL] {
        let copies = neighbours.compactMap { $0?.appending(path: bundleName) }
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources")
        // A bundle that Xcode builds for macOS keeps its files one level down.
        return copies.flatMap { [$0, $0.appending(path: "Contents/Resources")] } + [sources]
    }

    /// The folders beside which SwiftPM's build, or a person, puts resources.
    private static var neighbours: [URL?] {
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

    /// The name that SwiftPM gives to this module's resources.
    static var bundleName: String {
        #if canImport(Darwin)
        "isobath_Hub.bundle"
        #else
        "isobath_Hub.resources"
        #endif
    }

    #if canImport(Darwin)
    /// Marks the binary that this module was linked into.
    private final class Anchor {}
    #endif
}
