import Files
import Models

/// The models that a mixture of fine-grained and shared experts is compared with, made from its own fields: DeepSeekMoE (arXiv
/// 2401.06066) §4.1, table 1.
///
/// Of a mixture whose experts have the width w, k of them and s shared ones for each token, a standard feed-forward layer is half as
/// wide as what a token meets: (k + s)·w/2. Experts of that width, as many as make the same number of parameters, are chosen one
/// (Switch, hash) or two at a time (GShard, with equal compute).
package struct BaselineShapes {
    package struct Shape {
        package let name: String
        package let fields: JSONObject
        package let size: Size
    }

    package struct Size: Encodable, Equatable {
        /// Parameters of the layers.
        package let total: Int
        /// M.
        package let operationsPerToken: Double
    }

    /// The mixture itself, then its baselines.
    package let shapes: [Shape]

    /// - Throws: `InputError` if the fields describe no mixture, or one whose width cannot be halved or whose parameters are no whole
    ///   number of standard layers.
    package init(_ fields: JSONObject, sequenceLength: Int, source: String) throws {
        let configuration = try DecoderConfiguration(huggingFace: fields, source: source)
        guard let mixture = configuration.mixture else {
            throw Self.defect(source, "n_routed_experts", "found no experts", "a mixture of experts")
        }
        let met = mixture.expertsPerToken * mixture.expertSize + mixture.sharedSize
        let all = mixture.expertCount * mixture.expertSize + mixture.sharedSize
        guard met.isMultiple(of: 2), all.isMultiple(of: met / 2) else {
            throw Self.defect(
                source, "moe_intermediate_size", "found experts of \(all) values, \(met) of them for a token",
                "a whole number of standard layers of half of what a token meets")
        }
        let (standard, count) = (met / 2, all / (met / 2))
        let wide = try Self.dense(fields, configuration, width: met)
        shapes = try [
            ("mixture", fields),
            ("gshard", Self.experts(fields, "gshard", count, perToken: 2, width: standard)),
            ("switch", Self.experts(fields, "switch", count, perToken: 1, width: standard)),
            ("hash", Self.experts(fields, "hash", count, perToken: 1, width: standard)),
            ("dense", Self.dense(fields, configuration, width: standard)), ("dense-compute", wide),
            ("dense-parameters", Self.dense(fields, configuration, width: all)),
        ].map { name, fields in
            Shape(name: name, fields: fields, size: try Self.size(fields, sequenceLength, source))
        }
    }

    private static func defect(_ source: String, _ field: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: found, expected: expected,
            advice: "change the fields of the mixture that is compared")
    }

    private static func size(_ fields: JSONObject, _ length: Int, _ source: String) throws -> Size {
        let configuration = try DecoderConfiguration(huggingFace: fields, source: source)
        let tables: Set<TensorRole> = [.embedding, .head, .selectionBias]
        let total = configuration.tensors(of: .safetensors).filter { !tables.contains($0.role) }
            .reduce(0) { $0 + $1.shape.count }
        return Size(
            total: total,
            operationsPerToken: ModelScale(configuration, sequenceLength: length).operationsPerToken)
    }

    private static let mixtureFields: Set<String> = [
        "n_routed_experts", "n_shared_experts", "num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob",
        "scoring_func", "topk_method", "n_group", "topk_group", "routed_scaling_factor", "isobath_routing",
        "isobath_hash_seed",
    ]

    private static func experts(
        _ fields: JSONObject, _ routing: String, _ count: Int, perToken: Int, width: Int
    ) -> JSONObject {
        JSONObject(
            fields.members.filter { !mixtureFields.contains($0.key) } + [
                ("n_routed_experts", .integer(count)), ("num_experts_per_tok", .integer(perToken)),
                ("moe_intermediate_size", .integer(width)), ("scoring_func", .string("softmax")),
                ("topk_method", .string("greedy")), ("norm_topk_prob", .boolean(routing == "gshard")),
                ("isobath_routing", .string(routing)),
            ])
    }

    /// A model without experts; dense layers before the mixtures take the width too, because a configuration has one.
    private static func dense(
        _ fields: JSONObject, _ configuration: DecoderConfiguration, width: Int
    ) throws -> JSONObject {
        let dropped = mixtureFields.union(["intermediate_size", "first_k_dense_replace", "moe_layer_freq"])
        return JSONObject(
            fields.members.filter { !dropped.contains($0.key) } + [("intermediate_size", .integer(width))])
    }
}
