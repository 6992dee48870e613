import Files
import Foundation
import Quantization

/// The folder of a study: results so far, the original's predictions, and the variants' files.
struct StudyNotes {
    let folder: String

    /// - Throws: `InputError` if there can be no such folder.
    init(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(
                .unreadable, source: folder, found: "the system says: \(error.localizedDescription)",
                expected: "a folder that can be written to", advice: "give another with --output")
        }
        self.folder = folder
    }

    /// What the original predicts.
    var logits: String { folder + "/original.logits" }

    var hasLogits: Bool { FileManager.default.fileExists(atPath: logits) }

    /// The file of the variant that `recipe` makes.
    func file(of recipe: Recipe) -> String { "\(folder)/\(StudyNotes.fileName(recipe.name)).gguf" }

    private func note(of variant: String) -> String { "\(folder)/\(StudyNotes.fileName(variant)).json" }

    /// A recipe's name as a file's: letters, digits, dots and lines only, as names come from anywhere.
    static func fileName(_ name: String) -> String {
        String(name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
    }

    private struct Note: Codable {
        let identity: String
        let variant: StudiedVariant
    }

    /// What is known of a variant, or what `make` finds out, which is then noted.
    func variant(
        _ name: String, _ identity: String, _ make: () async throws -> StudiedVariant
    ) async throws -> StudiedVariant {
        let path = note(of: name)
        if let data = FileManager.default.contents(atPath: path),
            let note = try? JSONDecoder().decode(Note.self, from: data), note.identity == identity
        {
            return note.variant
        }
        let variant = try await make()
        try writeAtomically(try JSONEncoder().encode(Note(identity: identity, variant: variant)), to: path)
        return variant
    }

    /// Removes what only helped.
    func finish(keepsFiles: Bool) throws {
        guard !keepsFiles else { return }
        try? FileManager.default.removeItem(atPath: logits)
    }
}
