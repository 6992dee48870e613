import Checkpoints
import Files
import Models
import Tensors

/// In which precision a run's linear layers compute: the section `precision` of a recipe.
///
/// Weights, their gradients, and whatever is no linear layer are f32 in all of them.
package struct PrecisionSettings: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case f32, bf16, fp8
    }

    package var kind: Kind
    /// What counts for `fp8` only.
    package var fp8: FP8Settings

    package init(_ kind: Kind = .f32, fp8: FP8Settings = FP8Settings()) { (self.kind, self.fp8) = (kind, fp8) }

    /// Reads `kind`, and for `fp8` the choices within the recipe.
    /// - Throws: `InputError` if a value is not one of its kind.
    package init(_ section: RecipeSection) throws {
        kind = try section.choice("kind", default: Kind.f32)
        fp8 = FP8Settings()
        guard kind == .fp8 else { return }
        fp8.roundsOutputs = try section.boolean("roundsOutputs", default: fp8.roundsOutputs)
        fp8.remembersAttentionInE5M6 = try section.boolean(
            "remembersAttentionInE5M6", default: fp8.remembersAttentionInE5M6)
        fp8.remembersGatesInFP8 = try section.boolean("remembersGatesInFP8", default: fp8.remembersGatesInFP8)
        fp8.dispatchesPowersOfTwo = try section.boolean("dispatchesPowersOfTwo", default: fp8.dispatchesPowersOfTwo)
        fp8.accumulation = try section.choice("accumulation", default: fp8.accumulation)
    }

    /// Operations for training the decoder of `checkpoint`: `base` itself for f32.
    /// - Parameter checkpoint: in memory of the program's own; its weights are told apart by where they lie.
    /// - Throws: `InputError` if it is no model.
    package func makeOperations(base: any Operations, checkpoint: TrainableCheckpoint) throws -> any Operations {
        guard let precision else { return base }
        return LowPrecisionOperations(base, precision, linears: LinearWeights(of: try Decoder(checkpoint)))
    }

    private var precision: LowPrecision? {
        switch kind {
        case .f32: nil
        case .bf16: .bf16
        case .fp8: .fp8(fp8)
        }
    }
}
