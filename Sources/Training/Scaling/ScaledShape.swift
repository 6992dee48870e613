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
        let heads = fields["num_attention_heads"]?.integer ?? 1
        let groups = max(heads / max(fields["num_key_value_heads"]?.integer ?? heads, 1), 1)
        // Heads that share keys stay together, so that every number of heads is a multiple of theirs.
        let keys = max(Int((Double(heads / groups) * factor).rounded()), 1)
        let headed = Double(keys * groups) / Double(heads)
        let changed = fields.members.map { key, value -> (key: String, value: JSONValue) in
            guard let old = value.integer else { return (key, value) }
            switch key {
            case "num_attention_heads": return (key, .integer(keys * groups))
            case "num_key_value_heads": return (key, .integer(keys))
            // As heads are whole, what is made of them decides how wide a model is.
            case "hidden_size": return (key, .integer(Self.width(old, headed)))
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
        let whole = try ScaledShape(fields, times: 1, sequenceLength: sequenceLength, source: source)
        // M grows with at most the cube of the factor, and at least with itself.
        let ratio = target / whole.scale.operationsPerToken
        let (low, high) = (min(ratio, 1) / 2, max(ratio, 1) * 2)
        var best: (shape: ScaledShape, distance: Double)?
        for step in 0...400 {
            let factor = low * pow(high / low, Double(step) / 400)
            // A factor that makes no model, for the bounds of its fields, is passed over.
            guard
                let shape = try? ScaledShape(fields, times: factor, sequenceLength: sequenceLength, source: source)
            else { continue }
            let distance = abs(log(shape.scale.operationsPerToken / target))
            if best.map({ distance < $0.distance }) ?? true { best = (shape, distance) }
        }
        return best?.shape ?? whole
    }
}
