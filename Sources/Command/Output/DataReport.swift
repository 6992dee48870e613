import Files
import Foundation
import Isobath
import Reports
import Training

/// What `isobath data` prints of shards.
struct DataReport: Encodable {
    /// Shards with one purpose.
    struct Part: Encodable {
        let name: String
        let survey: TokenSurvey
        let first: [DocumentExcerpt]
    }

    let path: String
    let vocabulary: Int
    let isSupervised: Bool
    let parts: [Part]

    init(folder: PackedTokens, _ tokenizer: String? = nil, showing count: Int, tokens: Int = 0) throws {
        let tokenizer = try Tokenizer(try openVocabulary(at: tokenizer ?? folder.path))
        try self.init(
            path: folder.path, [("training", folder.training), ("validation", folder.validation)], tokenizer, count,
            tokens)
    }

    init(shard: TokenShard, _ tokenizer: String?, showing count: Int, tokens: Int) throws {
        let folder = URL(filePath: shard.path).deletingLastPathComponent().path(percentEncoded: false)
        let tokenizer = count == 0 ? nil : try Tokenizer(try openVocabulary(at: tokenizer ?? folder))
        try self.init(path: shard.path, [("shard", [shard])], tokenizer, count, tokens)
    }

    private init(
        path: String, _ groups: [(name: String, shards: [TokenShard])], _ tokenizer: Tokenizer?, _ count: Int,
        _ tokens: Int
    ) throws {
        let all = groups.flatMap(\.shards)
        self.path = path
        vocabulary = all.first?.vocabularySize ?? 0
        isSupervised = all.first?.isSupervised ?? false
        if let tokenizer, count > 0, tokenizer.vocabularySize != vocabulary {
            throw InputError(
                .invalidValue, source: tokenizer.source, found: "found \(tokenizer.vocabularySize) tokens",
                expected: "the tokenizer of the shards, with \(vocabulary)", advice: "give it with --tokenizer")
        }
        parts = groups.filter { !$0.shards.isEmpty }.map { name, shards in
            let documents = shards.lazy.flatMap { shard in (0..<shard.documentCount).lazy.map { (shard, $0) } }
            let first = documents.prefix(count).compactMap { shard, document in
                tokenizer.map { DocumentExcerpt(shard, document: document, limit: tokens, $0) }
            }
            return Part(name: name, survey: TokenSurvey(shards), first: Array(first))
        }
    }

    func print(asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(self) }
        var lines = ["\(path): \(isSupervised ? "conversations" : "plain text"), vocabulary of \(vocabulary)"]
        for part in parts { lines += ["", Self.summary(part), Self.histogram(part.survey)] + Self.excerpts(part) }
        try StandardOutput.write(lines.joined(separator: "\n") + "\n")
    }

    private static func summary(_ part: Part) -> String {
        let survey = part.survey
        let learned = 100 * Double(survey.learnedTokens) / Double(max(survey.tokens, 1))
        let facts = [
            "\(survey.documents) documents", "\(survey.tokens) tokens",
            "\(Format.decimal(survey.bytesPerToken)) bytes of text a token", "\(Format.decimal(learned)) % learned",
            "\(survey.shards) shard\(survey.shards == 1 ? "" : "s")",
        ]
        return "\(part.name): " + facts.joined(separator: ", ")
            + "\nlengths from \(survey.shortest) to \(survey.longest) tokens, half of them below \(survey.median)"
    }

    private static func histogram(_ survey: TokenSurvey) -> String {
        let most = max(survey.lengths.map(\.documents).max() ?? 1, 1)
        let rows = survey.lengths.map { length in
            let bar = String(repeating: "█", count: (length.documents * 40 + most - 1) / most)
            return ["\(length.from)–\(length.to - 1)", String(length.documents), String(length.tokens), bar]
        }
        return Format.table([["tokens", "documents", "tokens in all", ""]] + rows, rightAligned: [0, 1, 2])
    }

    private static func excerpts(_ part: Part) -> [String] {
        part.first.enumerated().map { number, excerpt in
            let isPartial = excerpt.parts.contains { !$0.isLearned }
            let text = excerpt.parts.map { part in
                let text = visible(part.text)
                return isPartial && part.isLearned ? "«\(text)»" : text
            }.joined()
            return "\ndocument \(number + 1), \(excerpt.tokens) tokens:\n\(text)"
        }
    }

    /// Text without the control characters that could speak to a terminal.
    private static func visible(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.append(isControl && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
