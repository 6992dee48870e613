import Files
import Foundation

/// A model that comes with the program, so that it can say something before anything was downloaded.
public struct ShippedModel: Sendable {
    /// The name under which commands know it, and of its folder.
    public let name: String

    /// What it is and how to ask it, for people who meet it.
    public let summary: String

    /// Some questions that it answers, to begin with.
    public let examples: [String]

    /// How many turns before a question it was taught to be shown.
    public let turnsRemembered: Int

    /// The file in its folder by which it is known to be there.
    let marker: String

    /// Whether the model is the marker itself, and not its folder.
    private let isOneFile: Bool

    /// Isobath Nano, which is meant where no model is named: a DeepSeek-V3 in miniature.
    public static let nano = ShippedModel(
        name: "nano",
        summary:
            "Isobath Nano is a demonstration model of 6 million parameters that this program made: sums, dates, units, "
            + "small puzzles, and its own commands. For a real one: isobath pull deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
        examples: [
            "What is 347 + 586?", "Sort 52, 17, 93, 8.", "Is 91 divisible by 7?", "How do I quantize a model?",
        ],
        turnsRemembered: 8, marker: "nano.gguf", isOneFile: true)

    /// First Light, the smallest model that adds and subtracts: what tests ask.
    public static let firstLight = ShippedModel(
        name: "first-light",
        summary:
            "First Light is a very small trained test model (about 1.5 million parameters): it adds and subtracts numbers of "
            + "up to three digits, shows its steps, takes each question by itself, and knows nothing else. "
            + "Ask as it was taught, with spaces.",
        examples: ["What is 347 + 586?"], turnsRemembered: 0, marker: "config.json", isOneFile: false)

    /// The model that is meant where none is named.
    public static let standard = nano

    /// All that come with the program, the one that is meant first.
    public static let all = [nano, firstLight]

    /// What to say where it is meant because none was named.
    public var remarkWhenMeant: String { "No model is named, so that \(name) is meant. \(summary)" }

    /// The shipped model of that name, compared letter by letter.
    public init?(named name: String) {
        guard let model = Self.all.first(where: { $0.name == name }) else { return nil }
        self = model
    }

    private init(
        name: String, summary: String, examples: [String], turnsRemembered: Int, marker: String, isOneFile: Bool
    ) {
        (self.name, self.summary, self.examples, self.turnsRemembered) = (name, summary, examples, turnsRemembered)
        (self.marker, self.isOneFile) = (marker, isOneFile)
    }

    /// The path of its GGUF file, or of its folder: `config.json`, `generation_config.json`, `model.safetensors`, `tokenizer.json`,
    /// `tokenizer_config.json`.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources.
    public func path() throws -> String { try path(below: Self.resourceFolders) }

    /// The path below the first of `folders` where the model lies complete enough to be opened.
    func path(below folders: [URL]) throws -> String {
        let folder = try Self.resource(name, marker: marker, below: folders)
        return isOneFile ? folder + "/" + marker : folder
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
