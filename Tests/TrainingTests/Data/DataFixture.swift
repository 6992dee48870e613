import Files
import Foundation
import TestSupport
import Tokenizers

@testable import Training

/// A trained tokenizer and files of text for the tests of training data.
enum DataFixture {
    static let tokenizer = Result {
        var counts = PieceCounts(.deepSeekV3)
        counts.add(Array(try Fixture.data("tokenizers/trained/text.txt")))
        return try OpenTokenizer(
            BytePairTrainer(size: 600).vocabulary(from: counts), chatTemplate: ChatTemplate.v3Jinja)
    }

    /// The lines of the made-up text.
    static let lines = Result {
        String(decoding: try Fixture.data("tokenizers/trained/text.txt"), as: UTF8.self).split(separator: "\n")
            .map(String.init)
    }

    /// Writes files into a new folder and returns its path.
    static func folder(_ files: [String: String]) throws -> String {
        let folder = try Fixture.temporaryFolder()
        for (name, text) in files {
            let path = URL(filePath: "\(folder)/\(name)")
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
        }
        return folder
    }

    /// Packs files of those names and texts.
    static func packed(
        _ files: [String: String], validation: Double = 0, separator: String = "", tokensPerShard: Int = 1 << 25
    ) throws -> PackedTokens {
        let source = try folder(files)
        let packing = TokenPacking(
            try TextSources([source], separator: separator), tokenizer: try tokenizer.get(), validation: validation,
            tokensPerShard: tokensPerShard)
        _ = try packing.write(to: source + "-packed")
        return try PackedTokens(path: source + "-packed")
    }

    /// The made-up text, a file a document, as a settings' source.
    static func corpus(documents: Int, validation: Double = 0) throws -> PackedTokens {
        let lines = try lines.get()
        let each = lines.count / documents
        let files = (0..<documents).map { index in
            ("\(index).txt", lines[index * each..<(index + 1) * each].joined(separator: "\n"))
        }
        return try packed(Dictionary(uniqueKeysWithValues: files), validation: validation)
    }
}
