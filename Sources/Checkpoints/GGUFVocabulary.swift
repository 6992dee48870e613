import Files
import Tokenizers

/// The tokenizer in a GGUF file's metadata, `tokenizer.ggml.*`; its long arrays are read only when asked for.
///
/// Only byte-level BPE (`tokenizer.ggml.model` "gpt2"), which is what the whole family uses.
struct GGUFVocabulary {
    private let file: GGUFFile

    init(_ file: GGUFFile) { self.file = file }

    /// - Returns: `nil` if the file has no vocabulary.
    /// - Throws: `InputError` if it has one that is broken, or of a kind that is unknown here.
    func vocabulary() throws -> Vocabulary? {
        guard let model = try string("model"), model != "none", model != "no_vocab" else { return nil }
        guard model == "gpt2" else {
            throw defect(.unsupported, "model", "found a tokenizer of the kind \(model)", "gpt2, byte-level BPE")
        }
        let kind = try preTokenizer()
        let spellings = try strings("tokens")
        let types = try tokenTypes(count: spellings.count)
        var vocabulary = Vocabulary(
            source: file.path, tokens: zip(spellings, types).map { $1 == .normal ? $0 : nil }, merges: try merges(),
            addedTokens: addedTokens(spellings, types), preTokenizer: kind)
        // Llama 3 is the one whose files need not say so: its own tokenizer always begins with <|begin_of_text|>.
        vocabulary.ignoresMerges = kind == .llamaBPE
        vocabulary.addsBeginOfSequence = try flag("add_bos_token") ?? (kind == .llamaBPE)
        vocabulary.addsEndOfSequence = try flag("add_eos_token") ?? false
        vocabulary.beginOfSequence = try token("bos_token_id", count: spellings.count)
        vocabulary.endOfSequence = try token("eos_token_id", count: spellings.count)
        vocabulary.padding = try token("padding_token_id", count: spellings.count)
        return vocabulary
    }

    /// What a token is, under its number in `token_type`.
    private enum TokenType: Int {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    private func preTokenizer() throws -> PreTokenizerKind {
        let aliases: [String: PreTokenizerKind] = [
            "llama3": .llamaBPE, "llama-v3": .llamaBPE, "joyai-llm": .deepSeekV3,
        ]
        guard let name = try string("pre") else {
            throw defect(.missing, "pre", "found no pre-tokenizer", "the name of one")
        }
        guard let kind = PreTokenizerKind(rawValue: name) ?? aliases[name] else {
            let known = PreTokenizerKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw defect(.unsupported, "pre", "found the pre-tokenizer \(name)", "one of \(known)")
        }
        return kind
    }

    private func tokenTypes(count: Int) throws -> [TokenType] {
        guard let array = file.metadata.arrays[key("token_type")] else {
            return Array(repeating: .normal, count: count)
        }
        guard array.count == count else {
            throw defect(.invalidValue, "token_type", "found \(array.count) types for \(count) tokens", "one each")
        }
        return try values(array, "token_type").map { value in
            guard let number = value.integer, let type = TokenType(rawValue: number), type != .byte else {
                throw defect(
                    .invalidValue, "token_type", "found the type \(value.integer.map(String.init) ?? value.kindName)",
                    "types from 1 to 5, which byte-level BPE has")
            }
            return type
        }
    }

    private func addedTokens(_ spellings: [String], _ types: [TokenType]) -> [Vocabulary.AddedToken] {
        zip(spellings, types).enumerated().compactMap { id, token in
            switch token.1 {
            case .control, .unknown: Vocabulary.AddedToken(id: id, content: token.0, isSpecial: true)
            case .userDefined: Vocabulary.AddedToken(id: id, content: token.0, isSpecial: false)
            case .normal, .unused, .byte: nil
            }
        }
    }

    private func merges() throws -> [(left: String, right: String)] {
        try strings("merges").map { merge in
            // A part is never empty, so that a space that is the left part's first character does not divide.
            guard let space = merge.unicodeScalars.dropFirst().firstIndex(of: " "),
                case let right = merge[merge.unicodeScalars.index(after: space)...], !right.isEmpty
            else { throw defect(.invalidValue, "merges", "found the merge \"\(merge)\"", "two parts and a space") }
            return (String(merge[..<space]), String(right))
        }
    }

    // MARK: Metadata

    private func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }

    private func string(_ name: String) throws -> String? {
        guard let value = file.fields[key(name)] else { return nil }
        guard let text = value.string else { throw defect(.wrongType, name, "found \(value.kindName)", "a string") }
        return text
    }

    private func flag(_ name: String) throws -> Bool? {
        guard let value = file.fields[key(name)] else { return nil }
        guard let flag = value.boolean else { throw defect(.wrongType, name, "found \(value.kindName)", "a boolean") }
        return flag
    }

    private func token(_ name: String, count: Int) throws -> Int? {
        guard let value = file.fields[key(name)] else { return nil }
        // Converters write "none" as the largest 32-bit number.
        if value.integer == Int(UInt32.max) { return nil }
        guard let id = value.integer, (0..<count).contains(id) else {
            throw defect(
                .outOfBounds, name, "found the id \(value.integer.map(String.init) ?? value.kindName)",
                "an id below \(count)")
        }
        return id
    }

    private func strings(_ name: String) throws -> [String] {
        guard let array = file.metadata.arrays[key(name)] else {
            throw defect(.missing, name, "found no such array", "an array of strings")
        }
        guard array.elementType == .string else {
            throw defect(.wrongType, name, "found an array of \(array.elementType)", "an array of strings")
        }
        var reader = GGUFReader(file.file, at: array.offset)
        return try (0..<array.count).map { _ in try reader.string(key(name)) }
    }

    private func values(_ array: GGUFArray, _ name: String) throws -> [JSONValue] {
        var reader = GGUFReader(file.file, at: array.offset)
        return try (0..<array.count).map { _ in try reader.scalar(array.elementType, key(name)) }
    }

    private func defect(_ kind: InputError.Kind, _ name: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            kind, source: file.path, field: key(name), found: found, expected: expected,
            advice: "take another GGUF file of the model, or convert it again")
    }
}
