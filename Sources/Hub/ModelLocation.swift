import Files
import Foundation

/// Where a model lies that a person asked for by path or by name.
public struct ModelLocation: Sendable, Equatable {
    /// The path of an existing file or folder; whether it holds a model is for whoever opens it to find out.
    public let path: String
    /// The known name that stood for the path; `nil` if the path itself was given.
    public let name: String?

    /// The names that need no path.
    public static let knownNames = ShippedModel.all.map(\.name)

    /// Finds what `model` stands for: a path if something lies there, otherwise a known name, or that of a model in the
    /// store; `nil` is the shipped model.
    ///
    /// A known name is only ever compared. One of the store (`ORG/NAME`, `ORG/NAME:Q4_K_M`) becomes part of a path
    /// after it was checked letter by letter, so it cannot lead out of the store.
    /// - Throws: `InputError` of kind `unreadable` for a path where nothing is, `missing` for an unknown name,
    ///   `invalidValue` for what can be neither.
    public static func resolve(_ model: String?, store: ModelStore = ModelStore()) throws -> ModelLocation {
        guard let model else { return try shipped(.standard) }
        guard !model.isEmpty, !model.utf8.contains(0) else { throw unusable(model) }
        if FileManager.default.fileExists(atPath: model) { return ModelLocation(path: model, name: nil) }
        if let known = ShippedModel(named: model) { return try shipped(known) }
        guard let reference = ModelReference(model) else {
            throw looksLikePath(model) ? nothing(at: model) : unknown(model)
        }
        if let stored = try store.model(reference) {
            FileStatus.noteUse(stored.files.map(\.location))
            return ModelLocation(path: stored.path, name: stored.name)
        }
        throw looksLikeFile(model) ? nothing(at: model) : notPulled(reference)
    }

    private static func shipped(_ model: ShippedModel) throws -> ModelLocation {
        ModelLocation(path: try model.path(), name: model.name)
    }

    // MARK: What to say instead

    private static let expected =
        "the path of a GGUF file or of a folder with safetensors, or one of the names \(knownNames.joined(separator: ", "))"

    private static func notPulled(_ reference: ModelReference) -> InputError {
        InputError(
            .missing, source: reference.description,
            found: "found neither a file or folder here nor that model in the store",
            expected: "a path, or the name of a model that was pulled",
            advice: "check the path, or download the model with: isobath pull \(reference)")
    }

    private static func unusable(_ model: String) -> InputError {
        InputError(
            .invalidValue, source: "MODEL", found: model.isEmpty ? "found an empty text" : "found a zero byte in it",
            expected: expected, advice: "leave it out to use \(ShippedModel.standard.name)")
    }

    private static func nothing(at path: String) -> InputError {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let hasFolder = FileManager.default.fileExists(atPath: folder)
        return InputError(
            .unreadable, source: path,
            found: hasFolder ? "found nothing there" : "found nothing there, nor the folder around it",
            expected: expected, advice: "check the path, or leave it out to use \(ShippedModel.standard.name)")
    }

    private static func unknown(_ name: String) -> InputError {
        let near = knownNames.filter { isNear(name, $0) }
        return InputError(
            .missing, source: name, found: "found neither a file or folder here nor a model of that name",
            expected: expected,
            advice: near.first.map { "perhaps \($0) was meant" } ?? "check the name, or give the path of the model")
    }

    /// Whether `text` was meant as a path, so that the answer need not speak of names.
    private static func looksLikePath(_ text: String) -> Bool {
        text.contains("/") || text.hasPrefix(".") || text.hasPrefix("~") || looksLikeFile(text)
    }

    /// Whether `text` ends as the name of a file does; a choice behind a colon is none.
    private static func looksLikeFile(_ text: String) -> Bool {
        !text.contains(":") && [".gguf", ".safetensors", ".json", ".bin"].contains { text.lowercased().hasSuffix($0) }
    }

    /// Whether `text` is `name` but for case, separators and a few slips of the keyboard.
    static func isNear(_ text: String, _ name: String) -> Bool {
        let (left, right) = (letters(of: text), letters(of: name))
        guard !left.isEmpty, left.count <= 2 * right.count else { return false }
        return editDistance(left, right) <= max(1, right.count / 4)
    }

    /// What to do about a name that is none of `names`: which of them may have been meant.
    static func choice(_ text: String, of names: [String]) -> String {
        let near = names.filter { isNear(text, $0) }.prefix(3)
        let hint = near.isEmpty ? "choose" : "perhaps \(near.joined(separator: " or ")) was meant, of"
        return "\(hint) one of \(names.joined(separator: ", "))"
    }

    private static func letters(of text: String) -> [Character] {
        text.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// The least number of insertions, deletions and replacements between the two (Levenshtein); O(m·n).
    private static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
