import Tokenizers

/// What a run learns from: the section `data` of a recipe.
///
///     data:
///       tokenizer: models/small      # a folder with tokenizer.json, or a GGUF file; may be left out where a source was packed
///       sequence: 512                # tokens of a sequence
///       passage: 512                 # tokens of a long document that are read at a time
///       crossDocuments: true         # whether attention crosses the borders of documents
///       seed: 1
///       validation: 0.01             # share of documents that are set aside
///       tooLong: cut                 # conversations that are longer than a sequence: cut or skip
///       sources:
///         - path: corpus             # text, JSONL, a folder of both, or what `isobath data pack` made
///           weight: 3                # share of tokens, beside the other sources' weights
///           field: text              # JSONL: the field that holds the text
///           separator: "<|endoftext|>"   # text: what stands between documents; a file is one unless given
///           fim: {rate: 0.1, mode: psm}
///       validationSources:           # in place of a share: what is only looked at
///         - path: held-out
package struct DataSettings: Sendable, Equatable {
    /// A source of documents, its share, and what is done to them.
    package struct Source: Sendable, Equatable {
        package var path: String
        /// Its share of tokens is this over the sum of all weights.
        package var weight: Double
        /// The field of a JSONL record that holds its text.
        package var field: String
        /// What stands between the documents of a text file; a file is one document where this is empty.
        package var separator: String
        package var fim: FillInTheMiddleSettings

        package init(
            path: String, weight: Double = 1, field: String = "text", separator: String = "",
            fim: FillInTheMiddleSettings = FillInTheMiddleSettings()
        ) {
            (self.path, self.weight, self.field) = (path, weight, field)
            (self.separator, self.fim) = (separator, fim)
        }
    }

    /// What happens to a conversation that is longer than a sequence.
    package enum TooLong: String, Sendable, CaseIterable {
        /// Its end is left out.
        case cut
        /// It is left out.
        case skip
    }

    /// The path of a tokenizer; `nil` to take the one that lies with the first packed source.
    package var tokenizer: String?
    /// Tokens of a sequence.
    package var sequence: Int
    /// The most tokens of a plain document that are read at a time: a longer one is read in passages, each in a place of its own,
    /// so that no batch is of one document alone. As many as a sequence has unless given.
    package var passage: Int
    /// Whether attention crosses the borders of plain documents, as in DeepSeek-V3's pre-training (arXiv 2412.19437 §4.1). It
    /// never crosses those of conversations (§5.1).
    package var crossDocuments = true
    package var seed: UInt64 = 0
    package var sources: [Source]
    /// The share of documents that are set aside when text is packed; 0 for no validation at all.
    package var validation = 0.01
    /// What the model is measured with in place of documents that are set aside; none of it is learned.
    package var validationSources: [Source] = []
    package var tooLong = TooLong.cut

    package init(tokenizer: String? = nil, sequence: Int, sources: [Source]) {
        (self.tokenizer, self.sequence, self.sources) = (tokenizer, sequence, sources)
        passage = sequence
    }

    /// Reads the section `data`.
    /// - Throws: `InputError` for values that are none, and where there is no source.
    /// - Parameter seed: of the order, unless the section has one of its own.
    package init(_ section: RecipeSection, seed: UInt64 = 0) throws {
        let tokenizer = try section.text("tokenizer", default: "")
        let sequence = try section.integer("sequence", in: 2...1 << 24)
        self.init(tokenizer: tokenizer.isEmpty ? nil : tokenizer, sequence: sequence, sources: [])
        passage = try section.integer("passage", in: 2...1 << 40, default: sequence)
        crossDocuments = try section.boolean("crossDocuments", default: true)
        self.seed = UInt64(try section.integer("seed", in: 0...Int.max, default: Int(clamping: seed)))
        validationSources = try section.list("validationSources").map(Source.init)
        validation = try section.number("validation", in: 0...0.5, default: validationSources.isEmpty ? 0.01 : 0)
        tooLong = try section.choice("tooLong", default: .cut)
        sources = try section.list("sources").map(Source.init)
        if sources.isEmpty { throw section.invalid("sources", "found none", "at least one source of text") }
        try checkValidation(section)
    }

    private func checkValidation(_ section: RecipeSection) throws {
        guard !validationSources.isEmpty else { return }
        if validation > 0 {
            throw section.invalid(
                "validation", "found \(validation) beside validationSources", "a share, or sources, but not both")
        }
        if validationSources.contains(where: { $0.fim.rate > 0 }) {
            throw section.invalid("validationSources", "found gaps to fill", "documents that are measured as they are")
        }
    }
}

extension DataSettings.Source {
    init(_ section: RecipeSection) throws {
        self.init(
            path: try section.text("path"), weight: try section.number("weight", in: 1e-6...1e6, default: 1),
            field: try section.text("field", default: "text"), separator: try section.text("separator", default: ""),
            fim: try FillInTheMiddleSettings(try section.section("fim")))
    }
}

/// How many documents become exercises in filling a gap, and how these are written.
package struct FillInTheMiddleSettings: Sendable, Equatable {
    /// The order of the parts.
    package enum Mode: String, Sendable, CaseIterable {
        /// Prefix, suffix, middle: `<｜fim▁begin｜>` prefix `<｜fim▁hole｜>` suffix `<｜fim▁end｜>` middle (DeepSeek-V3, arXiv
        /// 2412.19437 §4.1).
        case psm
        /// Suffix, prefix, middle: `<｜fim▁begin｜><｜fim▁hole｜>` suffix `<｜fim▁end｜>` prefix middle (Bavarian et al., arXiv
        /// 2207.14255, appendix D: the variant that shares its marks with the other order).
        case spm
    }

    /// The share of documents.
    package var rate: Double
    package var mode: Mode

    package init(rate: Double = 0, mode: Mode = .psm) { (self.rate, self.mode) = (rate, mode) }

    init(_ section: RecipeSection) throws {
        self.init(
            rate: try section.number("rate", in: 0...1, default: 0), mode: try section.choice("mode", default: .psm))
    }
}
