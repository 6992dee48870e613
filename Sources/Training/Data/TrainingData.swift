import Files
import Tensors
import Tokenizers

/// What a run reads: sequences to learn from, sequences to be measured with, and the tokenizer that both are written in.
package struct TrainingData: Sendable {
    package var training: ShardBatches
    /// `nil` where the settings ask for none.
    package var validation: ShardBatches?
    package let tokenizer: Tokenizer
    /// The tokenizer as it is written beside a model.
    package let vocabulary: Vocabulary
    /// The Jinja text of the chat template that lies with the tokenizer.
    package let chatTemplate: String?

    /// One more than the largest id: the least size of the embedding.
    package var vocabularySize: Int { tokenizer.vocabularySize }
}

/// Opens the sources of a run. Text and JSONL are packed first, into a folder below `cache` that is named by a hash of their
/// content, the tokenizer and the settings, so that the next run with the same finds them packed.
///
///     var data = try makeBatches(settings, cache: run + "/data")
///     let batch = try data.training.next(8)                  // eight sequences of settings.sequence tokens
///     save(data.training.position)                           // Codable, some hundred bytes
///     try data.training.move(to: saved)                      // the next batch is the one that would have followed
///     try data.validation?.move(to: data.validation?.start)  // measure with the same sequences each time
///
/// - Parameters:
///   - cache: a folder, made where it is missing; only needed where a source is not packed.
///   - progress: told how many bytes of text of how many are packed; what it throws ends the work and is passed on.
/// - Throws: `InputError` for sources that cannot be read, are empty, or were packed with another tokenizer, and where a share of
///   documents is to be set aside but none is.
package func makeBatches(
    _ settings: DataSettings, cache: String, pool: ThreadPool = .shared,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
) throws -> TrainingData {
    try DataOpening(settings, cache: cache, pool: pool).open(progress)
}
