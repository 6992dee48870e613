import Files
import Tokenizers

extension Vocabulary {
    /// The vocabulary as GGUF metadata, `tokenizer.ggml.*`, filled up to `count` tokens with unused ones.
    ///
    /// What GGUF cannot say is left out: how added tokens treat the white space around them, and whether text is composed
    /// first; readers follow `tokenizer.ggml.pre` there.
    /// - Throws: `InputError` if the vocabulary has more than `count` tokens.
    package func ggufFields(count: Int) throws -> [(key: String, value: GGUFValue)] {
        let largest = max(tokens.count - 1, addedTokens.map(\.id).max() ?? -1)
        guard largest < count else {
            throw InputError(
                .excessive, source: source, field: "vocabulary", found: "found the token id \(largest)",
                expected: "ids below \(count), the rows of the model's embedding table",
                advice: "give a smaller vocabulary, or a shape with room for this one")
        }
        let (spellings, types) = ggufTokens(count: count)
        var fields: [(key: String, value: GGUFValue)] = [
            ("model", .string("gpt2")), ("pre", .string(preTokenizer.rawValue)), ("tokens", .strings(spellings)),
            ("token_type", .array(.int32, types.map(GGUFValue.int32))),
            ("merges", .strings(merges.map { "\($0.left) \($0.right)" })),
        ]
        let marks = [
            ("bos_token_id", beginOfSequence), ("eos_token_id", endOfSequence), ("padding_token_id", padding),
        ]
        for (key, id) in marks { if let id { fields.append((key, .count(id))) } }
        fields.append(("add_bos_token", .boolean(addsBeginOfSequence)))
        fields.append(("add_eos_token", .boolean(addsEndOfSequence)))
        return fields.map { ("tokenizer.ggml." + $0.key, $0.value) }
    }

    /// Spelling and type of every token; the types are numbered as in `GGUFVocabulary.TokenType`.
    private func ggufTokens(count: Int) -> (spellings: [String], types: [Int32]) {
        var spellings = tokens + [String?](repeating: nil, count: count - tokens.count)
        var types = spellings.map { $0 == nil ? Int32(5) : 1 }
        for token in addedTokens where spellings.indices.contains(token.id) {
            spellings[token.id] = token.content
            types[token.id] = token.isSpecial ? 3 : 4
        }
        // llama.cpp wants every spelling once.
        let taken = Set(spellings.compactMap(\.self))
        let names = spellings.enumerated().map { id, spelling in
            if let spelling { return spelling }
            var name = "[PAD\(id)]"
            while taken.contains(name) { name += "'" }
            return name
        }
        return (names, types)
    }
}
