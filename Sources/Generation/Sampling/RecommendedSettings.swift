import Files

/// The groups of releases for which the same sampling settings are recommended.
public enum SamplingFamily: String, Sendable, CaseIterable {
    /// DeepSeek LLM and DeepSeekMoE chat models.
    case chat
    /// DeepSeek-Coder, first generation.
    case coder
    /// DeepSeek-V2, V2.5 and DeepSeek-Coder-V2.
    case v2
    /// DeepSeek-V3 and V3.1.
    case v3
    /// DeepSeek-R1 and the models distilled from it.
    case r1
    /// DeepSeek-Prover.
    case prover
}

extension SamplingSettings {
    /// The likeliest token, always.
    public static var greedy: SamplingSettings {
        var settings = SamplingSettings()
        settings.temperature = 0
        return settings
    }

    /// What the publishers recommend for a family where they do, and what is customary where they do not. A checkpoint's
    /// own `generation_config.json` goes before it (`merging(generationFields:source:)`).
    public static func recommended(for family: SamplingFamily) -> SamplingSettings {
        var settings = SamplingSettings()
        (settings.temperature, settings.topP) =
            switch family {
            // Customary for chat.
            case .chat: (0.7, 0.95)
            // Customary for code.
            case .coder: (0, 1)
            // DeepSeek-Coder-V2's README samples at 0.3; the rest is customary.
            case .v2: (0.3, 0.95)
            // Customary, as for R1.
            case .v3: (0.6, 0.95)
            // DeepSeek-R1 (arXiv 2501.12948), evaluation set-up.
            case .r1: (0.6, 0.95)
            // Customary where many different proofs are wanted.
            case .prover: (1, 0.95)
            }
        return settings
    }

    /// These settings with those that a checkpoint declares in `generation_config.json` in their place.
    ///
    /// Read are `temperature`, `top_p`, `top_k`, `min_p`, `repetition_penalty` and `do_sample`; `do_sample: false` is
    /// greedy whatever the temperature says. Absent and null fields leave a setting as it is.
    /// - Throws: `InputError` that names `source` and the field if one has the wrong type or is not admissible.
    public func merging(generationFields fields: JSONObject, source: String) throws -> SamplingSettings {
        let reader = GenerationFields(fields: fields, source: source)
        var merged = self
        merged.temperature = try reader.number("temperature") ?? temperature
        merged.topP = try reader.number("top_p") ?? topP
        merged.minP = try reader.number("min_p") ?? minP
        merged.repetitionPenalty = try reader.number("repetition_penalty") ?? repetitionPenalty
        // Some checkpoints write -1 for "off".
        merged.topK = try reader.count("top_k").map { max($0, 0) } ?? topK
        if try reader.boolean("do_sample") == false { merged.temperature = 0 }
        do {
            return try merged.validated()
        } catch let error as InputError {
            throw InputError(
                error.kind, source: source, field: error.field, found: error.found, expected: error.expected,
                advice: "repair the file or give the setting yourself")
        }
    }
}

/// Typed access to the fields of a `generation_config.json`.
private struct GenerationFields {
    let fields: JSONObject
    let source: String

    func number(_ key: String) throws -> Float? { try value(key, "a number") { $0.double.map { Float($0) } } }
    func count(_ key: String) throws -> Int? { try value(key, "an integer") { $0.integer } }
    func boolean(_ key: String) throws -> Bool? { try value(key, "true or false") { $0.boolean } }

    private func value<Value>(_ key: String, _ expected: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let field = fields[key], !field.isNull else { return nil }
        if let value = read(field) { return value }
        throw InputError(
            .wrongType, source: source, field: key, found: "found \(field.kindName)", expected: expected,
            advice: "repair the file or give the setting yourself")
    }
}
