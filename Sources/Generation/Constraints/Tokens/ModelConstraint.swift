import Files
import Tokenizers

extension LanguageModel {
    /// A constraint of the model's answers to `grammar`, for `GenerationRequest.constraint`.
    ///
    /// Keep it for further requests with the same grammar: what it finds out about the grammar is then there already.
    /// - Throws: `InputError` if the checkpoint has no vocabulary.
    public func constraint(_ grammar: Grammar) throws -> Constraint {
        let tokenizer = try requiredTokenizer()
        let vocabulary = constraintVocabulary.withLock { known in
            let vocabulary = known ?? ConstraintVocabulary(tokenizer, endTokens: endTokens)
            known = vocabulary
            return vocabulary
        }
        return Constraint(grammar, vocabulary)
    }
}

extension ConstraintVocabulary {
    /// The tokens of a tokenizer. Those that are only ever parsed, special ones above all, are no text.
    public convenience init(_ tokenizer: Tokenizer, endTokens: Set<Int32>) {
        func isParsed(_ token: Int32) -> Bool { tokenizer.isSpecial(token) || tokenizer.isAdded(token) }
        var marks: [Int32: [UInt8]] = [:]
        for mark in [ThinkingSplitter.openingMark, ThinkingSplitter.closingMark] {
            if let token = tokenizer.id(of: mark), isParsed(token) { marks[token] = Array(mark.utf8) }
        }
        self.init(size: tokenizer.vocabularySize, endTokens: endTokens, marks: marks) { token in
            isParsed(token) ? nil : tokenizer.bytes(of: token)
        }
    }
}

extension GenerationRequest {
    /// - Throws: `InputError` if the constraint does not go with the model or the rest of the request.
    func checkConstraint(vocabularySize: Int) throws {
        guard let constraint else { return }
        guard constraint.vocabulary.size <= vocabularySize else {
            throw InputError(
                .invalidValue, source: constraint.grammar.source, field: "constraint",
                found: "found one for \(constraint.vocabulary.size) tokens",
                expected: "one for the model's \(vocabularySize)",
                advice: "make it with `constraint(_:)` of the model that answers")
        }
        guard !ignoresEnd else {
            throw InputError(
                .invalidValue, source: constraint.grammar.source, field: "constraint",
                found: "found a request that goes on after the end of an answer",
                expected: "one that ends where the constraint does", advice: "leave one of the two out (--ignore-eos)")
        }
    }
}
