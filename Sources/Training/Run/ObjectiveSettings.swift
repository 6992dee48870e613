import Files
import Models
import Tokenizers

/// What a run makes smaller, and of what data: the sections `objective`, `data` and `batch` of a recipe.
package enum ObjectiveSettings {
    private enum Kind: String, CaseIterable { case nextToken, preference, reinforcement }

    /// Predicting text, or the answers of conversations.
    case nextToken(RunData, BatchSizes, NextTokenLoss)
    /// Preferring one answer to another.
    case preference(PreferenceRecipe)
    /// Answers of its own that are rewarded.
    case reinforcement(ReinforcementRecipe)

    /// - Parameter seed: of the order of data, unless they have one of their own.
    /// - Throws: `InputError` for fields that are missing or out of range.
    package init(_ recipe: RecipeSection, seed: UInt64) throws {
        let section = try recipe.section("objective")
        switch try section.choice("kind", default: Kind.nextToken) {
        case .nextToken:
            self = .nextToken(
                try RunData(recipe.section("data"), seed: seed), try BatchSizes(recipe.section("batch")),
                NextTokenLoss(predictionWeight: try section.number("predictionWeight", in: 0...100, default: 0.3)))
        case .preference: self = .preference(try PreferenceRecipe(section, seed: seed))
        case .reinforcement: self = .reinforcement(try ReinforcementRecipe(section, seed: seed))
        }
    }

    /// The path of the tokenizer that data are written in; `nil` where they are text, and the model's own serves.
    var tokenizer: String? {
        guard case .nextToken(.packed(let data), _, _) = self else { return nil }
        return data.tokenizer ?? data.sources.first { PackedTokens.exists($0.path) }?.path
    }

    /// All rows of a step that goes through the model in pieces; `nil` if that is not known, or it goes in one piece.
    func batchTokens(step: Int, tokens: Int) -> Int? {
        guard case .nextToken(let data, let sizes, _) = self else { return nil }
        let sequences = sizes.sequences(step: step, tokens: tokens)
        return sequences > sizes.sequencesAtOnce ? sequences * data.length : nil
    }
}

/// What an objective is made for.
struct ObjectiveContext {
    let settings: RunSettings
    let model: TrainedModel
    /// A folder for data that have to be packed.
    let cache: String
    /// Told how many bytes of text of how many are packed.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    func tokenizer() throws -> Tokenizer {
        guard let vocabulary = try settings.model.vocabulary(of: model.checkpoint) else {
            throw InputError(
                .missing, source: model.checkpoint.path, field: "model.tokenizer",
                found: "found no vocabulary, and a model too small for the 256 bytes", expected: "a vocabulary",
                advice: "name one in `model.tokenizer`, or let the model have 256 tokens")
        }
        return try Tokenizer(vocabulary)
    }
}

extension ObjectiveSettings {
    /// - Throws: `InputError` for data that cannot be used with the model.
    func objective(_ context: ObjectiveContext) throws -> any LearningObjective {
        switch self {
        case .nextToken(let data, let sizes, let loss): try data.objective(context, loss: loss, sizes: sizes)
        case .preference(let recipe): try recipe.objective(context.tokenizer())
        case .reinforcement(let recipe):
            try recipe.objective(
                training: context.model.whole, tokenizer: context.tokenizer(),
                looks: context.settings.evaluation.sequences)
        }
    }
}
