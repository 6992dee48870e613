import Checkpoints
import Models
import Tensors

/// The model that learning should not go far away from: a copy of how it was.
struct ReferencePolicy {
    private let checkpoint: TrainableCheckpoint
    private let decoder: Decoder

    /// A copy of `model`, as large as it.
    /// - Throws: `InputError` if it is no model.
    init(copying model: TrainableCheckpoint) throws {
        checkpoint = try TrainableCheckpoint(decoding: model)
        decoder = try Decoder(checkpoint)
    }

    /// Under the names that a run saves them by.
    var entries: [TensorEntry] {
        checkpoint.tensors.map { TensorEntry(name: "reference." + $0.name, tensor: $0.tensor, file: $0.file) }
    }

    /// Becomes what `model` is now.
    func refresh(from model: TrainableCheckpoint) {
        for (own, new) in zip(checkpoint.tensors, model.tensors) {
            new.tensor.withFloats { new in
                own.tensor.withMutableFloats { own in
                    for place in own.indices { own[place] = new[place] }
                }
            }
        }
    }

    /// log π_ref of the answers' tokens.
    func logProbabilities(
        of sequences: [AnsweredSequence], _ scoring: AnswerScoring, _ operations: any Operations
    ) throws -> [[Float]] {
        var scoring = scoring
        scoring.valueHead = nil
        return try scoring.scores(of: sequences, by: LearningModel(decoder, operations: operations))
            .map(\.logProbabilities)
    }
}
