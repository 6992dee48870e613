import Files

extension Vocabulary {
    /// Reads a Hugging Face `tokenizer.json`.
    ///
    /// `configuration` is the parsed `tokenizer_config.json` beside it, which names the begin-of-sequence,
    /// end-of-sequence and padding tokens. Whether they are added is taken from its `add_bos_token` and `add_eos_token`, and
    /// where it has none, from the file's post-processor.
    /// - Throws: `InputError` for what is no such file, and for every rule in it that this package does not follow.
    public init(tokenizerFile file: MappedFile, configuration: JSONObject?) throws {
        let reader = try TokenizerFileReader(file)
        self.init(
            source: file.path, tokens: try reader.tokens(), merges: try reader.merges(),
            addedTokens: try reader.addedTokens(), preTokenizer: try reader.preTokenizer())
        normalization = try reader.normalization()
        ignoresMerges = reader.model["ignore_merges"]?.boolean ?? false
        let ids = Dictionary(addedTokens.map { ($0.content, $0.id) }, uniquingKeysWith: { first, _ in first })
        func id(_ field: String) -> Int? {
            let value = configuration?[field]
            guard let content = value?.string ?? value?["content"]?.string else { return nil }
            return ids[content] ?? reader.vocabulary[content]?.integer
        }
        beginOfSequence = id("bos_token")
        endOfSequence = id("eos_token")
        padding = id("pad_token")
        let surroundings = reader.surroundings()
        addsBeginOfSequence =
            configuration?["add_bos_token"]?.boolean
            ?? (beginOfSequence != nil && surroundings.before == beginOfSequence)
        addsEndOfSequence =
            configuration?["add_eos_token"]?.boolean ?? (endOfSequence != nil && surroundings.after == endOfSequence)
    }
}

/// The parts of a `tokenizer.json`.
private struct TokenizerFileReader {
    let source: String
    let root: JSONObject
    let model: JSONObject
    let vocabulary: JSONObject

    init(_ file: MappedFile) throws {
        source = file.path
        let value = try JSONParser.parse(file)
        guard let root = value.object, let model = root["model"]?.object else {
            throw InputError(
                .unrecognized, source: source, found: "found no member “model”", expected: "a tokenizer.json",
                advice: "give the tokenizer.json of the model")
        }
        self.root = root
        self.model = model
        guard let vocabulary = model["vocab"]?.object else {
            throw InputError(
                .unsupported, source: source, field: "model.vocab", found: "found no object",
                expected: "the vocabulary of a BPE model", advice: "use a model with a byte-level BPE tokenizer")
        }
        self.vocabulary = vocabulary
        try checkModel()
    }

    private func checkModel() throws {
        let type = model["type"]?.string ?? "BPE"
        guard type == "BPE" else { throw unsupported("model.type", "“\(type)”", "“BPE”") }
        for field in ["dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
            let value = model[field] ?? .null
            guard value.isNull || value.string == "" else { throw unsupported("model.\(field)", "a value", "null") }
        }
        guard model["byte_fallback"]?.boolean != true else {
            throw unsupported("model.byte_fallback", "true", "false, as byte-level vocabularies have it")
        }
    }

    func tokens() throws -> [String?] {
        var largest = -1
        for (spelling, value) in vocabulary.members {
            guard let id = value.integer, id >= 0, id < VocabularyIndex.tokenLimit else {
                throw invalid(
                    "model.vocab, “\(spelling)”", "no id from 0 to \(VocabularyIndex.tokenLimit - 1)", "such an id")
            }
            largest = max(largest, id)
        }
        var tokens = [String?](repeating: nil, count: largest + 1)
        for (spelling, value) in vocabulary.members {
            guard let id = value.integer else { continue }
            if let other = tokens[id] {
                throw invalid("model.vocab, “\(spelling)”", "the id \(id) of “\(other)” too", "an id of its own")
            }
            tokens[id] = spelling
        }
        return tokens
    }

    /// Merges are written “left right” or, so that a part may hold a space, ["left", "right"].
    func merges() throws -> [(left: String, right: String)] {
        guard let list = model["merges"]?.array else { throw invalid("model.merges", "no array", "an array of merges") }
        return try list.enumerated().map { rank, value in
            if let pair = value.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
                return (left, right)
            }
            if let text = value.string, let space = text.utf8.firstIndex(of: 0x20) {
                let right = text[text.utf8.index(after: space)...]
                if !right.utf8.contains(0x20) { return (String(text[..<space]), String(right)) }
            }
            throw invalid("model.merges, number \(rank)", "something else", "two spellings")
        }
    }

    func addedTokens() throws -> [Vocabulary.AddedToken] {
        guard let value = root["added_tokens"], !value.isNull else { return [] }
        guard let list = value.array else { throw invalid("added_tokens", value.kindName, "an array") }
        return try list.enumerated().map { index, value in
            guard let id = value["id"]?.integer, let content = value["content"]?.string else {
                throw invalid("added_tokens, number \(index)", "no id or no content", "both")
            }
            var token = Vocabulary.AddedToken(id: id, content: content, isSpecial: value["special"]?.boolean ?? false)
            token.stripsLeft = value["lstrip"]?.boolean ?? false
            token.stripsRight = value["rstrip"]?.boolean ?? false
            token.isSingleWord = value["single_word"]?.boolean ?? false
            token.isNormalized = value["normalized"]?.boolean ?? !token.isSpecial
            return token
        }
    }

    func normalization() throws -> Vocabulary.Normalization {
        try normalization(root["normalizer"] ?? .null)
    }

    private func normalization(_ value: JSONValue) throws -> Vocabulary.Normalization {
        if value.isNull { return .none }
        switch value["type"]?.string {
        case "Sequence":
            let parts = try (value["normalizers"]?.array ?? []).map(normalization)
            return parts.contains(.canonicalComposition) ? .canonicalComposition : .none
        case "NFC": return .canonicalComposition
        case let type:
            throw unsupported("normalizer", type.map { "“\($0)”" } ?? value.kindName, "none, or “NFC”")
        }
    }

    func preTokenizer() throws -> PreTokenizerKind {
        let steps = PreTokenizerKind.steps(root["pre_tokenizer"] ?? .null)
        guard let steps, let kind = PreTokenizerKind(steps: steps) else {
            let found = steps.map { "the steps \($0.joined(separator: " then "))" } ?? "steps of a kind not known"
            throw unsupported(
                "pre_tokenizer", found, "the rules of one of DeepSeek's tokenizers, of Qwen 2's or Llama 3's")
        }
        return kind
    }

    /// The ids of the tokens that the post-processor puts before and after a text.
    func surroundings() -> (before: Int?, after: Int?) {
        let processor = root["post_processor"] ?? .null
        let all = processor["processors"]?.array ?? [processor]
        guard let template = all.first(where: { $0["type"]?.string == "TemplateProcessing" }),
            let items = template["single"]?.array
        else { return (nil, nil) }
        func id(_ item: JSONValue?) -> Int? {
            guard let name = item?["SpecialToken"]?["id"]?.string else { return nil }
            return template["special_tokens"]?[name]?["ids"]?.array?.first?.integer
        }
        return (id(items.first), id(items.last))
    }

    private func unsupported(_ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .unsupported, source: source, field: field, found: "found \(found)", expected: expected,
            advice: "use a checkpoint of the DeepSeek family, whose tokenizers all follow rules known here")
    }

    private func invalid(_ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: "found \(found)", expected: expected,
            advice: "download the file again")
    }
}
