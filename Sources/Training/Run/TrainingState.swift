import Files
import Foundation
import Models
import Tensors

/// A run at one point: all that the next step depends on.
struct TrainingState {
    let model: TrainedModel
    /// The model's, and those that the objective trains beside it.
    let parameters: [Parameter]
    var optimizer: Optimizer
    var objective: any LearningObjective
    var spikes: SpikeGuard
    /// Steps that were done.
    var step = 0
    /// Tokens that went through the model in them.
    var tokens = 0

    /// A run that begins, or goes on from `checkpoint`.
    /// - Parameter operations: exact ones, for the optimizer.
    /// - Throws: `InputError` if the recipe's parts do not fit each other or the checkpoint.
    init(_ context: ObjectiveContext, operations: any Operations, from checkpoint: RunCheckpoint?) throws {
        let settings = context.settings
        model = context.model
        objective = try settings.objective.objective(context)
        parameters =
            try model.parameters()
            + objective.parameters.map { Parameter(name: "objective." + $0.name, tensor: $0.tensor, kind: .matrix) }
        optimizer = Optimizer(settings.optimizer, for: parameters, operations: operations)
        spikes = SpikeGuard(settings.spikes)
        guard let checkpoint else { return }
        try checkpoint.restore(memory)
        try objective.move(toEncoded: checkpoint.position)
        spikes = try checkpoint.spikes(settings.spikes)
        (step, tokens) = (checkpoint.step, checkpoint.tokens)
    }

    /// All that is saved beside the model's own tensors, by name: an adapter, what the optimizer remembers, what the objective
    /// trains, and what it remembers.
    var memory: [(name: String, tensor: Tensor)] {
        model.memory + optimizer.state.map { ("optimizer." + $0.name, $0.tensor) }
            + objective.parameters.map { ("objective." + $0.name, $0.tensor) }
            + objective.memory.map { ("memory." + $0.name, $0.tensor) }
    }
}
