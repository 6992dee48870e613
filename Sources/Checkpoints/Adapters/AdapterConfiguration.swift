import Files

/// `adapter_config.json` of PEFT: what kind of adapter the tensors beside it are.
///
/// Of PEFT's kinds only plain LoRA is known; whatever would change what it computes is refused rather than left out.
package struct AdapterConfiguration: Sendable, Equatable {
    /// r, where no pattern says otherwise.
    package let rank: Int
    /// α, where no pattern says otherwise.
    package let alpha: Double
    /// Whether the scale is α/√r rather than α/r.
    package let isRankStabilized: Bool
    /// Ranks of modules of their own, by their names or the ends of them.
    package let ranks: [(name: String, rank: Int)]
    /// Their α.
    package let alphas: [(name: String, alpha: Double)]
    /// What the adapter was made for; nobody checks it.
    package let baseModel: String?
    private let rankPlaces: [String: Int]
    private let alphaPlaces: [String: Int]

    package static let fileName = "adapter_config.json"
    package static let mostRank = 65_536

    package init(
        rank: Int, alpha: Double, isRankStabilized: Bool, ranks: [(name: String, rank: Int)] = [],
        alphas: [(name: String, alpha: Double)] = [], baseModel: String? = nil
    ) {
        (self.rank, self.alpha, self.isRankStabilized) = (rank, alpha, isRankStabilized)
        (self.ranks, self.alphas, self.baseModel) = (ranks, alphas, baseModel)
        (rankPlaces, alphaPlaces) = (Self.places(ranks.map(\.name)), Self.places(alphas.map(\.name)))
    }

    /// - Throws: `InputError` for fields that are missing, of the wrong type, out of range, or of another kind of adapter.
    package init(_ fields: JSONObject, source: String) throws {
        let reader = Reader(fields: fields, source: source)
        try reader.refuseOtherKinds()
        self.init(
            rank: try reader.rank("r", fields["r"]), alpha: try reader.alpha("lora_alpha", fields["lora_alpha"]),
            isRankStabilized: try reader.flag("use_rslora"),
            ranks: try reader.patterns("rank_pattern").map { ($0, try reader.rank("rank_pattern.\($0)", $1)) },
            alphas: try reader.patterns("alpha_pattern").map { ($0, try reader.alpha("alpha_pattern.\($0)", $1)) },
            baseModel: fields["base_model_name_or_path"]?.string)
    }

    /// The rank of the module `name`, without PEFT's prefix.
    package func rank(of name: String) -> Int { Self.place(of: name, in: rankPlaces).map { ranks[$0].rank } ?? rank }

    /// α of the module `name`.
    package func alpha(of name: String) -> Double {
        Self.place(of: name, in: alphaPlaces).map { alphas[$0].alpha } ?? alpha
    }

    /// As PEFT matches patterns that are no regular expressions: the first that is the name, or its end after a dot. Linear in
    /// the name's length, however many patterns there are.
    private static func place(of name: String, in places: [String: Int]) -> Int? {
        guard !places.isEmpty else { return nil }
        let ends = name.indices.filter { name[$0] == "." }.map { String(name[name.index(after: $0)...]) }
        return ([name] + ends).compactMap { places[$0] }.min()
    }

    private static func places(_ names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: min)
    }

    package static func == (left: AdapterConfiguration, right: AdapterConfiguration) -> Bool {
        left.rank == right.rank && left.alpha == right.alpha && left.isRankStabilized == right.isRankStabilized
            && left.ranks.elementsEqual(right.ranks, by: ==) && left.alphas.elementsEqual(right.alphas, by: ==)
            && left.baseModel == right.baseModel
    }

    /// The fields of such a file, those that PEFT asks for.
    /// - Parameter targets: names of the modules, or ends of them, that have pairs.
    package func fields(targets: [String]) -> JSONObject {
        JSONObject([
            ("alpha_pattern", .object(JSONObject(alphas.map { ($0.name, .decimal($0.alpha)) }))),
            ("base_model_name_or_path", baseModel.map(JSONValue.string) ?? .null), ("bias", .string("none")),
            ("fan_in_fan_out", .boolean(false)), ("inference_mode", .boolean(true)),
            ("init_lora_weights", .boolean(true)), ("lora_alpha", .decimal(alpha)), ("lora_dropout", .number("0.0")),
            ("modules_to_save", .null), ("peft_type", .string("LORA")), ("r", .integer(rank)),
            ("rank_pattern", .object(JSONObject(ranks.map { ($0.name, .integer($0.rank)) }))),
            ("target_modules", .array(targets.map(JSONValue.string))), ("task_type", .string("CAUSAL_LM")),
            ("use_dora", .boolean(false)), ("use_rslora", .boolean(isRankStabilized)),
        ])
    }
}

extension JSONValue {
    fileprivate static func decimal(_ value: Double) -> JSONValue {
        Int(exactly: value).map(JSONValue.integer) ?? .number("\(value)")
    }
}

private struct Reader {
    let fields: JSONObject
    let source: String

    /// Fields that change what an adapter computes, or say that more belongs to it than the pairs.
    private static let others = [
        "use_dora", "fan_in_fan_out", "lora_bias", "use_qalora", "modules_to_save", "target_parameters",
        "layer_replication", "trainable_token_indices", "alora_invocation_tokens",
    ]
    /// Ways to begin that also change the model's own weights.
    private static let changingStarts = ["pissa", "olora", "loftq", "corda"]

    func refuseOtherKinds() throws {
        guard fields["peft_type"]?.string == "LORA" else {
            throw defect(.unsupported, "peft_type", fields["peft_type"], "LORA")
        }
        for name in Self.others where !Self.isEmpty(fields[name]) {
            throw defect(.unsupported, name, fields[name], "a plain LoRA adapter, which does without")
        }
        if let bias = fields["bias"], bias.string != "none" { throw defect(.unsupported, "bias", bias, "none") }
        if let start = fields["init_lora_weights"]?.string?.lowercased(),
            Self.changingStarts.contains(where: start.hasPrefix)
        {
            throw defect(
                .unsupported, "init_lora_weights", fields["init_lora_weights"],
                "a start that leaves the model's weights as they are")
        }
    }

    private static func isEmpty(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .boolean(false): true
        case .array(let values): values.isEmpty
        case .object(let object): object.members.isEmpty
        default: false
        }
    }

    func flag(_ name: String) throws -> Bool {
        guard let value = fields[name], !value.isNull else { return false }
        guard let flag = value.boolean else { throw defect(.wrongType, name, value, "true or false") }
        return flag
    }

    func rank(_ name: String, _ value: JSONValue?) throws -> Int {
        let range = 1...AdapterConfiguration.mostRank
        guard let rank = value?.integer, range.contains(rank) else {
            throw defect(.invalidValue, name, value, "a rank from 1 to \(range.upperBound)")
        }
        return rank
    }

    func alpha(_ name: String, _ value: JSONValue?) throws -> Double {
        guard let alpha = value?.double, Float(alpha).isFinite else {
            throw defect(.invalidValue, name, value, "a finite number")
        }
        return alpha
    }

    func patterns(_ name: String) throws -> [(key: String, value: JSONValue)] {
        guard let value = fields[name], !value.isNull else { return [] }
        guard let members = value.object?.members else { throw defect(.wrongType, name, value, "an object") }
        let plain = { (text: String) in text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." } }
        if let stray = members.first(where: { !plain($0.key) }) {
            throw defect(.unsupported, name, .string(stray.key), "names of modules, no regular expressions")
        }
        return members
    }

    private func defect(_ kind: InputError.Kind, _ field: String, _ value: JSONValue?, _ expected: String) -> InputError
    {
        let found: String =
            switch value {
            case nil: "found no such field"
            case .string(let text): "found “\(printable(text, limit: 60))”"
            case .number(let text): "found \(printable(text, limit: 60))"
            case .boolean(let flag): "found \(flag)"
            case .some(let value): "found \(value.kindName)"
            }
        return InputError(
            kind, source: source, field: field, found: found, expected: expected,
            advice: "save the adapter as plain LoRA, or merge it into its model with PEFT")
    }
}
