import Files
import Models
import Tokenizers

/// The text of a run: one that is small enough to be read whole, or documents that are packed as tokens.
package enum RunData {
    case text(TextSettings)
    case packed(DataSettings)

    init(_ section: RecipeSection, seed: UInt64) throws {
        self = section.has("text") ? .text(try TextSettings(section)) : .packed(try DataSettings(section, seed: seed))
    }

    /// Tokens of a sequence.
    var length: Int {
        switch self {
        case .text(let text): text.length
        case .packed(let data): data.sequence
        }
    }

    /// Learning from the next tokens of the text.
    /// - Throws: `InputError` for text that cannot be read, or is written in other tokens than the model's.
    func objective(
        _ context: ObjectiveContext, loss: NextTokenLoss, sizes: BatchSizes
    ) throws -> any LearningObjective {
        let count = context.settings.evaluation.sequences
        switch self {
        case .text(let text):
            let tokenizer = try context.tokenizer()
            let source = try TokenBatches(
                Corpus(path: text.text).tokens(tokenizer), length: text.length, seed: context.settings.seed,
                source: text.text)
            let held = try text.validation.map { path in
                TokenBatches.pieces(try Corpus(path: path).tokens(tokenizer), length: text.length)
            }
            return NextTokenObjective(source, validation: Array((held ?? []).prefix(count)), loss: loss, sizes: sizes)
        case .packed(let settings):
            let data = try makeBatches(settings, cache: context.cache, progress: context.progress)
            try check(data, context)
            var held = data.validation
            let validation = try held?.next(count) ?? []
            return NextTokenObjective(data.training, validation: validation, loss: loss, sizes: sizes)
        }
    }

    private func check(_ data: TrainingData, _ context: ObjectiveContext) throws {
        let size = try DecoderConfiguration(of: context.model.checkpoint).vocabularySize
        guard data.vocabularySize > size else { return }
        throw InputError(
            .outOfBounds, source: data.vocabulary.source, found: "found \(data.vocabularySize) tokens",
            expected: "at most the model's \(size)", advice: "set vocab_size to \(data.vocabularySize) or more")
    }
}

/// A text to learn from, and one to look at only.
package struct TextSettings: Sendable, Equatable {
    package var text: String
    package var validation: String?
    /// Tokens of a sequence.
    package var length: Int

    package init(_ section: RecipeSection) throws {
        text = try section.text("text")
        let path = try section.text("validation", default: "")
        validation = path.isEmpty ? nil : path
        length = try section.integer("sequence", in: 1...1_000_000, default: 128)
    }
}
