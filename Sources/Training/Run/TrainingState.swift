import Files
import Foundation
import Models
import Tensors
import Tokenizers

/// A run at one point: all that the next step depends on.
struct TrainingState {
    let model: TrainableCheckpoint
    /// The model's, and those that the objective trains beside it.
    let parameters: [Parameter]
    var optimizer: any ParameterOptimizer
    var objective: any LearningObjective
    /// Steps that were done.
    var step = 0
    /// Tokens that went through the model in them.
    var tokens = 0

    /// A run that begins with `model`, or goes on from `checkpoint`, whose model it is then.
    /// - Throws: `InputError` if the recipe's parts do not fit each other or the checkpoint.
    init(_ settings: RunSettings, model: TrainableCheckpoint, from checkpoint: RunCheckpoint?) throws {
        self.model = model
        objective = try settings.data.objective(settings, model)
        parameters =
            try model.parameters()
            + objective.parameters.map { Parameter(name: "objective." + $0.name, tensor: $0.tensor, kind: .matrix) }
        optimizer = AdamWOptimizer(settings.optimizer, decay: settings.decay, for: parameters)
        guard let checkpoint else { return }
        try checkpoint.restore(memory)
        try objective.move(toEncoded: checkpoint.position)
        (step, tokens) = (checkpoint.step, checkpoint.tokens)
    }
}

extension TrainingState {
    /// All that is saved beside the model's own tensors, by name: what the optimizer remembers, what the objective trains, and
    /// what it remembers.
    var memory: [(name: String, tensor: Tensor)] {
        optimizer.state.map { ("optimizer." + $0.name, $0.tensor) }
            + objective.parameters.map { ("objective." + $0.name, $0.tensor) }
            + objective.memory.map { ("memory." + $0.name, $0.tensor) }
    }
}

extension TextSettings {
    /// Learning from the text's next tokens.
    func objective(_ settings: RunSettings, _ model: TrainableCheckpoint) throws -> any LearningObjective {
        guard let vocabulary = try settings.model.vocabulary(of: model) else {
            throw InputError(
                .missing, source: text, found: "found no vocabulary, and a model too small for the 256 bytes",
                expected: "a vocabulary", advice: "name one in `model.tokenizer`, or let the model have 256 tokens")
        }
        let tokenizer = try Tokenizer(vocabulary)
        let source = try TokenBatches(
            Corpus(path: text).tokens(tokenizer), length: length, seed: settings.seed, source: text)
        let held = try validation.map { path in
            TokenBatches.pieces(try Corpus(path: path).tokens(tokenizer), length: length)
        }
        return NextTokenObjective(
            source, validation: Array((held ?? []).prefix(validationSequences)),
            loss: NextTokenLoss(predictionWeight: settings.predictionWeight), sizes: settings.batch)
    }
}
