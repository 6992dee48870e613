import Files
import Tensors
import Tokenizers

/// Turns files of text into a folder of token shards.
package struct TokenPacking: Sendable {
    private let sources: TextSources
    private let field: String
    private let tokenizer: OpenTokenizer
    private let encoder: DocumentEncoder
    private let validation: Double
    private let tokensPerShard: Int

    /// - Parameters:
    ///   - field: the field of a JSON line that holds its text.
    ///   - validation: the share of documents that go to shards of their own; which ones, a hash of their text decides.
    package init(
        _ sources: TextSources, field: String = "text", tokenizer: OpenTokenizer, validation: Double = 0,
        tokensPerShard: Int = 1 << 25
    ) {
        (self.sources, self.field, self.tokenizer) = (sources, field, tokenizer)
        (self.validation, self.tokensPerShard) = (validation, tokensPerShard)
        encoder = DocumentEncoder(tokenizer)
    }

    /// What was left out.
    package struct Remainder: Sendable, Equatable {
        /// Files in folders that are no text.
        package var skippedFiles = 0
    }

    /// Packs everything into `folder`, which appears when it is complete.
    /// - Parameter progress: told how many bytes of how many are read; what it throws ends the work and is passed on.
    /// - Throws: `InputError` if `folder` has something in it, a source cannot be read, or there is no document.
    package func write(
        to folder: String, pool: ThreadPool = .shared,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> Remainder {
        try NewFolder.fill(folder) { partial in
            var shards = ["training", "validation"].map { stem in
                ShardWriter(
                    folder: partial, stem: stem, tokenizer: tokenizer.vocabulary.identity,
                    vocabularySize: tokenizer.tokenizer.vocabularySize, limit: tokensPerShard)
            }
            let remainder = try encode(pool, progress) { document, isValidation in
                try shards[isValidation ? 1 : 0].append(document)
            }
            for index in shards.indices { try shards[index].flush() }
            try tokenizer.write(to: partial)
            try writeList(to: partial, shards.map(\.written))
            return remainder
        }
    }

    private func writeList(to folder: String, _ names: [[String]]) throws {
        guard names.contains(where: { !$0.isEmpty }) else {
            throw InputError(
                .missing, source: sources.files.first?.path ?? "", found: "found no text", expected: "a document",
                advice: "name files that have text in them")
        }
        let shards = try names.map { try $0.map { try TokenShard(path: "\(folder)/\($0)") } }
        let facts: [(key: String, value: JSONValue)] = [
            ("tokenizer", .string(String(tokenizer.vocabulary.identity, radix: 16))),
            ("vocabulary", .integer(tokenizer.tokenizer.vocabularySize)),
        ]
        let list = PackedTokens.list(training: shards[0], validation: shards[1], facts)
        try writeAtomically(to: "\(folder)/\(PackedTokens.listName)") { try $0.append(Array(list.text.utf8)) }
    }

    // MARK: Documents

    /// Bytes of text that are tokenized at once for each thread: much more than a document, little beside a model.
    private static let bytesAtOnce = 2 << 20

    private func encode(
        _ pool: ThreadPool, _ progress: (Int, Int) throws -> Void,
        _ body: (TokenDocument, _ isValidation: Bool) throws -> Void
    ) throws -> Remainder {
        var isSupervised: Bool?
        let skipped = try sources.forEachBatch(ofBytes: Self.bytesAtOnce * pool.threads) { batch, done in
            for (document, isValidation) in try encoded(batch, pool, &isSupervised) {
                try body(document, isValidation)
            }
            try progress(done, sources.byteCount)
        }
        return Remainder(skippedFiles: skipped)
    }

    private func encoded(
        _ documents: [RawDocument], _ pool: ThreadPool, _ isSupervised: inout Bool?
    ) throws -> [(TokenDocument, isValidation: Bool)] {
        let encoded = try pool.map(count: documents.count) { index in
            let record = try SourceRecord(documents[index], field: field)
            return try encoder(record, origin: documents[index].origin)
        }
        return try zip(documents, encoded).compactMap { raw, document in
            if document.tokens.isEmpty { return nil }
            let kind = document.learned != nil
            guard isSupervised ?? kind == kind else { throw mixed(raw.origin) }
            isSupervised = kind
            return (document, isValidation: isSetAside(raw.bytes))
        }
    }

    private func isSetAside(_ text: [UInt8]) -> Bool {
        // The hash's upper 53 bits, over 2⁵³.
        Double(ContentHash.of(text) >> 11) * 0x1p-53 < validation
    }

    private func mixed(_ origin: String) -> InputError {
        InputError(
            .invalidValue, source: origin, found: "found plain text among conversations, or the other way round",
            expected: "documents of one kind", advice: "pack the two on their own, and name both as sources of a recipe"
        )
    }
}
