import Tensors

/// How parameters follow their gradients: the section `optimizer` of a recipe.
///
/// Fields, with their defaults: `kind` (adamw), `beta1` (0.9), `beta2` (0.95), `epsilon` (1e-8), `weightDecay` (0.1), `decayed`
/// (matrices), `moments` (f32), `clip` (1; 0 for none); for Muon also `momentum` (0.95), `nesterov` (true), `iteration` (quintic),
/// `scale` (moonlight) and `matrixRate` (1).
package struct OptimizerSettings: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case adamw
        /// Muon for matrices, AdamW for tables and vectors.
        case muon
    }

    /// Which parameters weight decay applies to.
    package enum Decayed: String, Sendable, CaseIterable {
        /// Matrices and tables: all but norms and biases.
        case matrices
        /// Matrices of hidden layers only: no embeddings and heads either.
        case hidden
        case all
        case none

        func contains(_ kind: TrainedParameter.Kind) -> Bool {
            switch self {
            case .matrices: kind != .vector
            case .hidden: kind == .matrix
            case .all: true
            case .none: false
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
    package var decayed = Decayed.matrices
    package var moments = Storage.f32
    /// The most that the length of all gradients together may be; `nil` for no limit.
    package var clip: Double? = 1

    /// DeepSeek's AdamW.
    package init() {}

    /// - Throws: `InputError` for a value that is out of range.
    package init(_ section: RecipeSection) throws {
        kind = try section.choice("kind", default: kind)
        adamW.beta1 = try section.number("beta1", in: 0...0.999_999, default: adamW.beta1)
        adamW.beta2 = try section.number("beta2", in: 0...0.999_999, default: adamW.beta2)
        adamW.epsilon = try section.number("epsilon", in: 1e-30...1, default: adamW.epsilon)
        adamW.weightDecay = try section.number("weightDecay", in: 0...100, default: adamW.weightDecay)
        decayed = try section.choice("decayed", default: decayed)
        moments = try section.choice("moments", default: moments)
        let limit = try section.number("clip", in: 0...1e30, default: 1)
        clip = limit > 0 ? limit : nil
        guard kind == .muon else { return }
        muon = try Muon.Settings(section)
        muon.weightDecay = adamW.weightDecay
    }
}
