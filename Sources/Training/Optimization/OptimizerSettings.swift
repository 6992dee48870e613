import Tensors

/// How parameters follow their gradients: the section `optimizer` of a recipe.
///
/// Fields, with their defaults: `kind` (adamw), `beta1` (0.9), `beta2` (0.95), `epsilon` (1e-8), `weightDecay` (0.1), `decays`
/// (matrices), `moments` (f32), `clipping` (1; 0 for none); for Muon also `momentum` (0.95), `nesterov` (true), `iteration` (quintic),
/// `scale` (moonlight) and `matrixRate` (1).
package struct OptimizerSettings: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case adamw
        /// Muon for matrices, AdamW for embeddings, heads, norms and biases.
        case muon
    }

    /// Which parameters weight decay shrinks. Norms and biases have no length that matters, and are spared by most.
    package enum Decays: String, Sendable, CaseIterable {
        /// Of layers only, routers and experts among them.
        case matrices
        /// The embedding and the head too: what PyTorch programs that decide by the number of dimensions do.
        case tables
        case all
        case none

        func contains(_ kind: Parameter.Kind) -> Bool {
            switch kind {
            case .matrix: self != .none
            case .embedding, .head: self == .tables || self == .all
            case .norm, .bias: self == .all
            case .selectionBias: false
            }
        }
    }

    /// How running means are stored between steps; all arithmetic is in f32.
    package enum Storage: String, Sendable, CaseIterable {
        case f32
        /// Rounded to nearest even, 16 bits each: DeepSeek-V3 (arXiv 2412.19437) §3.3.3.
        case bf16

        var type: ElementType { self == .f32 ? .f32 : .bf16 }
    }

    package var kind = Kind.adamw
    package var adamW = AdamW.Settings()
    package var muon = Muon.Settings()
    package var decays = Decays.matrices
    package var moments = Storage.f32
    /// The most that the length of all gradients together may be; 0 for any.
    package var clipping = 1.0

    /// DeepSeek's AdamW.
    package init() {}

    /// - Throws: `InputError` for a value that is out of range.
    package init(_ section: RecipeSection) throws {
        kind = try section.choice("kind", default: kind)
        adamW.beta1 = try section.number("beta1", in: 0...0.999_999, default: adamW.beta1)
        adamW.beta2 = try section.number("beta2", in: 0...0.999_999, default: adamW.beta2)
        adamW.epsilon = try section.number("epsilon", in: 1e-30...1, default: adamW.epsilon)
        adamW.weightDecay = try section.number("weightDecay", in: 0...100, default: adamW.weightDecay)
        decays = try section.choice("decays", default: decays)
        moments = try section.choice("moments", default: moments)
        clipping = try section.number("clipping", in: 0...1e9, default: clipping)
        guard kind == .muon else { return }
        muon = try Muon.Settings(section)
        muon.weightDecay = adamW.weightDecay
    }
}
