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
        try files.path(of: resource, marker: marker, below: folders)
    }

    /// Where the resources can lie, nearest to the program first.
    static var resourceFolders: [URL] { files.folders }

    /// The name that SwiftPM gives to this module's resources.
    static var bundleName: String { files.bundleName }

    private static let files = ShippedFiles(
        module: "Hub", sources: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources"))
}
