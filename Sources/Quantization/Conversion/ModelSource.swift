import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Tokenizers

/// A model as the tensors and keys of a GGUF file, whatever container it lies in: what GGUF files are made from.
///
/// Making one reads headers only. Rows of tensors are decoded when they are asked for, a few at a time.
package struct ModelSource: Sendable {
    /// The file or folder.
    package let path: String
    /// What the model's layers are.
    package let configuration: DecoderConfiguration
    /// All keys that the file will have, but those that say how its bytes are laid out and how its tensors are stored.
    package let metadata: [(key: String, value: GGUFValue)]
    /// The tensors, in order.
    package let tensors: [ModelTensor]
    /// Tensors of the checkpoint that have no place here.
    package let unused: [String]
    /// Whether there is a vocabulary.
    package let hasVocabulary: Bool
    /// The files that the tensors lie in.
    let files: SourceFiles

    /// The files' paths, sizes and times.
    package var fingerprint: String { files.fingerprint }

    /// Opens the GGUF file, or the folder with safetensors, at `path`.
    /// - Parameter vocabulary: where the tokens come from, instead of the checkpoint's own.
    /// - Throws: `InputError` if there is none, it is broken, or GGUF cannot describe it.
    package init(path: String, vocabulary: String? = nil) throws {
        let checkpoint = try openCheckpoint(at: path)
        if let source = GGUFSource(checkpoint) {
            try self.init(source)
        } else {
            try self.init(released: checkpoint, vocabulary: vocabulary.map(openVocabulary))
        }
    }

    /// A GGUF file: everything as it is.
    init(_ source: GGUFSource) throws {
        let checkpoint = source.checkpoint
        path = checkpoint.path
        configuration = try DecoderConfiguration(of: checkpoint)
        metadata = source.metadata
        tensors = checkpoint.tensors.map {
            ModelTensor(
                name: $0.name, role: nil, shape: $0.tensor.shape, type: $0.tensor.elementType,
                rows: AssembledRows($0.tensor), source: $0.file)
        }
        unused = []
        hasVocabulary = checkpoint.fields["tokenizer.ggml.model"] != nil
        files = try SourceFiles(source.paths)
    }

    /// A checkpoint as released, in the layout of GGUF.
    /// - Parameters:
    ///   - adapter: what is added to its weights.
    ///   - given: a vocabulary to take instead of the checkpoint's own.
    init(released checkpoint: any Checkpoint, adapter: Adapter? = nil, vocabulary given: Vocabulary?) throws {
        var found = try DecoderConfiguration(of: checkpoint)
        found.predictionLayerCount = WeightLoader(checkpoint).predictionLayers(found).count
        let layout = TensorLayout(found, checkpoint, adapter: adapter, target: .gguf)
        let vocabulary = try given ?? checkpoint.vocabulary()
        path = checkpoint.path
        configuration = found
        tensors = try layout.tensors { role, types in role.isExact ? .f32 : .plain(for: types) }
        metadata = try ReleasedDescription(checkpoint, found, tensors).metadata(vocabulary)
        unused = layout.unused()
        hasVocabulary = vocabulary != nil
        files = try SourceFiles(of: checkpoint, adapter)
    }
}

extension TensorRole {
    /// Whether llama.cpp wants it in f32: vectors, and what chooses experts.
    var isExact: Bool { isVector || self == .router }

    var isVector: Bool {
        switch self {
        case .rotaryDivisors, .finalNorm, .attentionNorm, .feedForwardNorm, .queryNorm, .keyNorm, .queryLatentNorm,
            .latentNorm, .predictionEmbeddingNorm, .predictionHiddenNorm, .predictionNorm, .queryBias, .keyBias,
            .valueBias, .outputBias, .selectionBias:
            true
        default: false
        }
    }
}
