import Files
import Foundation
import Models

/// Models of other sizes with the proportions of one: widths grow by a factor, and depth with them.
package struct ScaledShape: Sendable {
    /// The fields of a `config.json`.
    package let fields: JSONObject
    package let configuration: DecoderConfiguration
    package let scale: ModelScale

    /// The model of `fields` with all widths, and the number of layers, times `factor`; rounded to what a model may have.
    ///
    /// The size of a head stays, its number changes; experts stay as many. Widths of one layer are multiples of 8.
    /// - Throws: `InputError` if the fields describe no model.
    package init(_ fields: JSONObject, times factor: Double, sequenceLength: Int, source: String) throws {
        let heads = max(fields["num_attention_heads"]?.integer ?? 1, 1)
        let groups = max(heads / max(fields["num_key_value_heads"]?.integer ?? heads, 1), 1)
        // Heads that share keys stay together, so that every number of heads is a multiple of theirs.
        let keys = max(Int((Double(heads / groups) * factor).rounded()), 1)
        let headed = Double(keys * groups) / Double(heads)
        // Otherwise a head is as wide as the model divided by their number.
        let hasOwnHeads = fields["head_dim"]?.integer != nil || fields["kv_lora_rank"]?.integer != nil
        let changed = fields.members.map { key, value -> (key: String, value: JSONValue) in
            guard let old = value.integer else { return (key, value) }
            switch key {
            case "num_attention_heads": return (key, .integer(keys * groups))
            case "num_key_value_heads": return (key, .integer(keys))
            // As heads are whole, what is made of them decides how wide a model is.
            case "hidden_size":
                return (key, .integer(hasOwnHeads ? Self.width(old, headed) : old / heads * keys * groups))
            case "intermediate_size", "moe_intermediate_size", "q_lora_rank", "kv_lora_rank":
                return (key, .integer(Self.width(old, headed)))
            case "num_hidden_layers": return (key, .integer(max(Int((Double(old) * factor).rounded()), 1)))
            default: return (key, value)
            }
        }
        self.fields = JSONObject(changed)
        configuration = try DecoderConfiguration(huggingFace: self.fields, source: source)
        scale = ModelScale(configuration, sequenceLength: sequenceLength)
    }

    private static func width(_ old: Int, _ factor: Double) -> Int {
        old == 0 ? 0 : max(Int((Double(old) * factor / 8).rounded()), 1) * 8
    }

    /// The shape whose M is nearest to `target`, as of logarithms.
    /// - Throws: `InputError` if the fields describe no model.
    package static func nearest(
        _ fields: JSONObject, operationsPerToken target: Double, sequenceLength: Int, source: String
    ) throws -> ScaledShape {
        func shape(_ factor: Double) throws -> ScaledShape {
            try ScaledShape(fields, times: factor, sequenceLength: sequenceLength, source: source)
        }
        let whole = try shape(1)
        let ratio = target / whole.scale.operationsPerToken
        // M never falls as the factor grows: above 1 it grows with its square at least, below 1, where a layer is the least that
        // there is, with the factor itself or not at all.
        var (below, above) = ratio < 1 ? (max(ratio / 4, 1e-6), 1) : (1, 2 * ratio.squareRoot())
        for _ in 0..<24 {
            let middle = (below * above).squareRoot()
            if try shape(middle).scale.operationsPerToken < target { below = middle } else { above = middle }
        }
        let (smaller, larger) = (try shape(below), try shape(above))
        let (under, over) = (target / smaller.scale.operationsPerToken, larger.scale.operationsPerToken / target)
        return max(under, 1 / under) <= max(over, 1 / over) ? smaller : larger
    }
}
