import Files
import Foundation

/// Reads `rope_theta` and `rope_scaling` (or `rope_parameters`, as newer configurations call them).
///
/// YaRN's attention factors: m(s, k) = 0.1 k ln s + 1. Latent attention multiplies cosines and sines by
/// m(s, mscale) / m(s, mscale_all_dim) and the softmax scale by m(s, mscale_all_dim)²; other models multiply cosines
/// and sines by m(s, 1) and leave the softmax scale (DeepSeek-V2 §3.1.4; YaRN, arXiv 2309.00071, §3.4).
struct RotaryReader {
    private let model: FieldReader
    private let scaling: FieldReader?
    private let kind: String
    /// "type" in older configurations, "rope_type" in newer ones.
    private let kindKey: String
    private let size: Int

    init(_ model: FieldReader, size: Int) throws {
        self.model = model
        self.size = size
        self.scaling = try model.object("rope_scaling") ?? model.object("rope_parameters")
        self.kindKey = scaling?.has("rope_type") == true ? "rope_type" : "type"
        self.kind = try scaling?.string(kindKey, default: "default") ?? "default"
    }

    func evenSize() throws -> Int {
        guard size % 2 == 0 else { throw model.invalid("qk_rope_head_dim", "\(size)", "an even size") }
        return size
    }

    func configuration(isLatent: Bool, adjacent: Bool) throws -> RotaryConfiguration {
        let nested = try scaling?.number("rope_theta", in: Limits.rotaryBase, default: 10_000)
        return RotaryConfiguration(
            size: size, base: try model.number("rope_theta", in: Limits.rotaryBase, default: nested ?? 10_000),
            scaling: try rule(), magnitude: try magnitude(isLatent: isLatent), pairsAdjacent: adjacent)
    }

    func softmaxFactor() throws -> Float {
        guard kind == "yarn", let scaling else { return 1 }
        let all = try scaling.number("mscale_all_dim", in: 0...1e6, default: 0)
        let m = yarnMagnitude(try factor(scaling), all)
        return m * m
    }

    private func rule() throws -> RotaryScaling {
        guard let scaling else { return .none }
        switch kind {
        case "default", "none": return .none
        case "linear": return .linear(factor: try factor(scaling))
        case "llama3": return try llama3(scaling)
        case "yarn":
            return .yarn(
                factor: try factor(scaling), originalContext: try originalContext(scaling),
                betaFast: try scaling.number("beta_fast", in: Limits.factor, default: 32),
                betaSlow: try scaling.number("beta_slow", in: Limits.factor, default: 1))
        default: throw scaling.unsupported(kindKey, "\"\(kind)\"", "linear, llama3 or yarn")
        }
    }

    private func llama3(_ scaling: FieldReader) throws -> RotaryScaling {
        let low = try scaling.number("low_freq_factor", in: Limits.factor)
        let high = try scaling.number("high_freq_factor", in: Limits.factor)
        // The blend between them divides by their difference.
        guard high > low else { throw scaling.invalid("high_freq_factor", "\(high)", "more than low_freq_factor") }
        return .llama3(
            factor: try factor(scaling), lowFrequency: low, highFrequency: high,
            originalContext: try originalContext(scaling))
    }

    private func magnitude(isLatent: Bool) throws -> Float {
        guard kind == "yarn", let scaling else { return 1 }
        if scaling.has("attention_factor") { return try scaling.number("attention_factor", in: Limits.factor) }
        let factor = try factor(scaling)
        guard isLatent || scaling.has("mscale") && scaling.has("mscale_all_dim") else {
            return yarnMagnitude(factor, 1)
        }
        return yarnMagnitude(factor, try scaling.number("mscale", in: 0...1e6, default: 1))
            / yarnMagnitude(factor, try scaling.number("mscale_all_dim", in: 0...1e6, default: 0))
    }

    private func factor(_ scaling: FieldReader) throws -> Float { try scaling.number("factor", in: Limits.factor) }

    private func originalContext(_ scaling: FieldReader) throws -> Float {
        if scaling.has("original_max_position_embeddings") {
            return try scaling.number("original_max_position_embeddings", in: 1...1e9)
        }
        return try model.number("max_position_embeddings", in: 1...1e9)
    }
}

/// m(s, k) = 0.1 k ln s + 1; 1 where nothing is stretched.
func yarnMagnitude(_ factor: Float, _ weight: Float) -> Float {
    factor <= 1 ? 1 : Float(0.1 * Double(weight) * log(Double(factor)) + 1)
}
