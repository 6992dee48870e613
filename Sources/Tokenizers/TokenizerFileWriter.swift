import Files

extension Vocabulary {
    /// The vocabulary as a Hugging Face `tokenizer.json`. The inverse of reading one.
    ///
    /// - Throws: `InputError` if a spelling stands twice.
    package func tokenizerFile() throws -> JSONValue {
        // First of all, as it throws for spellings that stand twice.
        let model = try modelFields()
        return object([
            ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
            ("added_tokens", .array(addedTokens.sorted { $0.id < $1.id }.map(\.fields))),
            ("normalizer", normalization == .canonicalComposition ? object([("type", .string("NFC"))]) : .null),
            ("pre_tokenizer", preTokenizerFields), ("post_processor", postProcessorFields),
            ("decoder", byteLevel(addsPrefixSpace: true, splits: true)), ("model", model),
        ])
    }

    /// The `tokenizer_config.json` that goes with it.
    /// - Parameters:
    ///   - chatTemplate: Jinja text.
    ///   - contextLength: the longest text that the model takes.
    package func tokenizerConfiguration(chatTemplate: String?, contextLength: Int) -> JSONValue {
        func content(_ id: Int?) -> JSONValue { id.flatMap(spelling).map(JSONValue.string) ?? .null }
        var fields: [(key: String, value: JSONValue)] = [
            ("add_bos_token", .boolean(addsBeginOfSequence)), ("add_eos_token", .boolean(addsEndOfSequence)),
            ("bos_token", content(beginOfSequence)), ("clean_up_tokenization_spaces", .boolean(false)),
            ("eos_token", content(endOfSequence)), ("legacy", .boolean(true)),
            ("model_max_length", .integer(contextLength)), ("pad_token", content(padding)), ("unk_token", .null),
            // Reads tokenizer.json as it is; other classes build some of it anew.
            ("tokenizer_class", .string("PreTrainedTokenizerFast")),
        ]
        if let chatTemplate { fields.append(("chat_template", .string(chatTemplate))) }
        return object(fields)
    }

    /// What a token is spelled, added ones by their content.
    private func spelling(of id: Int) -> String? {
        addedTokens.first { $0.id == id }?.content ?? (tokens.indices.contains(id) ? tokens[id] : nil)
    }

    /// Added tokens stand among the others too: readers would otherwise number them from the largest id on.
    private func modelFields() throws -> JSONValue {
        var spellings = tokens
        for token in addedTokens {
            while spellings.count <= token.id { spellings.append(nil) }
            spellings[token.id] = token.content
        }
        let vocabulary = spellings.enumerated().compactMap { id, spelling in spelling.map { ($0, id) } }
        var seen: Set<String> = []
        for (spelling, id) in vocabulary where !seen.insert(spelling).inserted {
            throw InputError(
                .duplicate, source: source, field: "token “\(spelling)”", found: "found it a second time, as id \(id)",
                expected: "one id for each spelling", advice: "use the tokenizer that belongs to the model")
        }
        return object([
            ("type", .string("BPE")), ("dropout", .null), ("unk_token", .null), ("continuing_subword_prefix", .null),
            ("end_of_word_suffix", .null), ("fuse_unk", .boolean(false)), ("byte_fallback", .boolean(false)),
            ("ignore_merges", .boolean(ignoresMerges)),
            ("vocab", object(vocabulary.map { (key: $0, value: .integer($1)) })),
            ("merges", .array(merges.map { .string("\($0.left) \($0.right)") })),
        ])
    }

    private var preTokenizerFields: JSONValue {
        let splits = preTokenizer.steps.map { pattern in
            object([
                ("type", .string("Split")), ("pattern", object([("Regex", .string(pattern))])),
                ("behavior", .string("Isolated")), ("invert", .boolean(false)),
            ])
        }
        return object([
            ("type", .string("Sequence")),
            ("pretokenizers", .array(splits + [byteLevel(addsPrefixSpace: false, splits: false)])),
        ])
    }

    /// Puts the marks around a text.
    private var postProcessorFields: JSONValue {
        let before = addsBeginOfSequence ? beginOfSequence : nil
        let after = addsEndOfSequence ? endOfSequence : nil
        guard before != nil || after != nil else { return byteLevel(addsPrefixSpace: true, splits: true) }
        func mark(_ id: Int?, _ text: Int) -> [JSONValue] {
            guard let id, let content = spelling(of: id) else { return [] }
            return [object([("SpecialToken", object([("id", .string(content)), ("type_id", .integer(text))]))])]
        }
        func sequence(_ name: String, _ text: Int) -> [JSONValue] {
            let own = object([("Sequence", object([("id", .string(name)), ("type_id", .integer(text))]))])
            return mark(before, text) + [own] + mark(after, text)
        }
        let marks = Set([before, after].compactMap(\.self)).sorted().compactMap { id in
            spelling(of: id).map { content in
                let fields = object([
                    ("id", .string(content)), ("ids", .array([.integer(id)])), ("tokens", .array([.string(content)])),
                ])
                return (key: content, value: fields)
            }
        }
        return object([
            ("type", .string("TemplateProcessing")), ("single", .array(sequence("A", 0))),
            ("pair", .array(sequence("A", 0) + sequence("B", 1))), ("special_tokens", object(marks)),
        ])
    }

    private func byteLevel(addsPrefixSpace: Bool, splits: Bool) -> JSONValue {
        object([
            ("type", .string("ByteLevel")), ("add_prefix_space", .boolean(addsPrefixSpace)),
            ("trim_offsets", .boolean(true)), ("use_regex", .boolean(splits)),
        ])
    }
}

extension Vocabulary.AddedToken {
    fileprivate var fields: JSONValue {
        object([
            ("id", .integer(id)), ("content", .string(content)), ("single_word", .boolean(isSingleWord)),
            ("lstrip", .boolean(stripsLeft)), ("rstrip", .boolean(stripsRight)),
            ("normalized", .boolean(isNormalized)), ("special", .boolean(isSpecial)),
        ])
    }
}

private func object(_ members: [(key: String, value: JSONValue)]) -> JSONValue { .object(JSONObject(members)) }
