import Files
import Tokenizers

/// What is in some shards, in numbers.
package struct TokenSurvey: Encodable, Sendable {
    /// Documents of similar length.
    package struct LengthClass: Encodable, Sendable, Equatable {
        /// Tokens of the shortest that belongs here.
        package let from: Int
        /// One more than those of the longest.
        package let to: Int
        package let documents: Int
        package let tokens: Int
    }

    package let shards: Int
    package let documents: Int
    package let tokens: Int
    /// Bytes of the texts that the tokens were made from.
    package let textBytes: Int
    /// Tokens that are learned: all, but in conversations.
    package let learnedTokens: Int
    package let shortest: Int
    package let median: Int
    package let longest: Int
    /// Documents by length, in powers of two.
    package let lengths: [LengthClass]

    /// Looks at every document.
    package init(_ shards: [TokenShard]) {
        var (counts, learned) = ([Int](), 0)
        for shard in shards {
            for document in 0..<shard.documentCount {
                let count = shard.length(ofDocument: document)
                counts.append(count)
                learned += shard.mask(ofDocument: document)?.count { $0 } ?? count
            }
        }
        counts.sort()
        self.shards = shards.count
        documents = counts.count
        tokens = counts.reduce(0, +)
        textBytes = shards.reduce(0) { $0 + $1.textByteCount }
        learnedTokens = learned
        (shortest, longest) = (counts.first ?? 0, counts.last ?? 0)
        median = counts.isEmpty ? 0 : counts[counts.count / 2]
        lengths = Self.classes(counts)
    }

    package var bytesPerToken: Double { tokens == 0 ? 0 : Double(textBytes) / Double(tokens) }

    private static func classes(_ sorted: [Int]) -> [LengthClass] {
        var classes: [LengthClass] = []
        var rest = sorted[...]
        var from = 1
        while !rest.isEmpty {
            let own = rest.prefix { $0 < from * 2 }
            if !own.isEmpty || !classes.isEmpty {
                classes.append(
                    LengthClass(from: from, to: from * 2, documents: own.count, tokens: own.reduce(0, +)))
            }
            rest = rest.dropFirst(own.count)
            from *= 2
        }
        return classes
    }
}

/// The beginning of a document as people read it.
package struct DocumentExcerpt: Encodable, Sendable, Equatable {
    /// A stretch that is learned, or one that is given.
    package struct Part: Encodable, Sendable, Equatable {
        /// Special tokens are spelled out.
        package var text: String
        package let isLearned: Bool
    }

    /// Tokens of the whole document.
    package let tokens: Int
    package let parts: [Part]

    /// The first `limit` tokens of a document.
    package init(_ shard: TokenShard, document: Int, limit: Int, _ tokenizer: Tokenizer) {
        let ids = shard.tokens(ofDocument: document).prefix(limit)
        let mask = shard.mask(ofDocument: document)
        var parts: [Part] = []
        var start = 0
        while start < ids.count {
            let isLearned = mask?[start] ?? true
            let end = (start..<ids.count).first { mask?[$0] ?? true != isLearned } ?? ids.count
            parts.append(Part(text: tokenizer.decode(ids[start..<end]), isLearned: isLearned))
            start = end
        }
        (tokens, self.parts) = (shard.length(ofDocument: document), parts)
    }
}
