import Checkpoints
import Files
import Models
import Tensors

/// What a run changes: a whole model, or an adapter beside one that stays as it is.
enum TrainedModel {
    case model(TrainableCheckpoint)
    case adapter(AdaptedModel)

    /// As the settings begin it, or as it was saved.
    /// - Throws: `InputError` for a model that there is not, or whose layers the adapter's targets do not name.
    init(_ settings: RunSettings, from saved: RunCheckpoint?) throws {
        if let adapter = settings.adapter, case .checkpoint(let path) = settings.model.start {
            self = .adapter(try AdaptedModel(openCheckpoint(at: path), adapter, seed: settings.seed))
        } else {
            self = .model(try saved?.model() ?? settings.model.checkpoint(seed: settings.seed))
        }
    }

    /// The model, or that which is adapted.
    var checkpoint: any Checkpoint {
        switch self {
        case .model(let checkpoint): checkpoint
        case .adapter(let adapted): adapted.checkpoint
        }
    }

    /// The model, for what needs all of it.
    /// - Throws: `InputError` if only an adapter is trained.
    var whole: TrainableCheckpoint {
        get throws {
            if case .model(let checkpoint) = self { return checkpoint }
            throw InputError(
                .unsupported, source: checkpoint.path, field: "adapter", found: "found an adapter",
                expected: "a whole model for this objective", advice: "leave `adapter` out of the recipe")
        }
    }

    func decoder() throws -> Decoder {
        switch self {
        case .model(let checkpoint): try Decoder(checkpoint)
        case .adapter(let adapted): adapted.decoder
        }
    }

    /// What is trained.
    func parameters() throws -> [Parameter] {
        switch self {
        case .model(let checkpoint): try checkpoint.parameters()
        case .adapter(let adapted):
            adapted.parameters.map { Parameter(name: $0.name, tensor: $0.tensor, kind: .matrix) }
        }
    }

    /// What is trained and does not lie in a checkpoint as a model.
    var memory: [(name: String, tensor: Tensor)] {
        guard case .adapter(let adapted) = self else { return [] }
        return adapted.parameters.map { ("adapter." + $0.name, $0.tensor) }
    }

    /// Operations for the precision that the settings ask for.
    func operations(_ settings: PrecisionSettings, base: any Operations) throws -> any Operations {
        guard case .model(let checkpoint) = self else { return base }
        return try settings.makeOperations(base: base, checkpoint: checkpoint)
    }

    /// Writes it to a folder as others read it: a model in Hugging Face's layout, or an adapter in PEFT's.
    /// - Throws: `InputError` if something cannot be written.
    func write(to path: String, documents: ModelDocuments?) throws {
        switch self {
        case .adapter(let adapted): try adapted.write(to: path, baseModel: adapted.checkpoint.path)
        case .model(let checkpoint):
            try writeTensors(checkpoint.tensors.map { ($0.name, $0.tensor) }, to: path + "/model.safetensors")
            for document in documents?.files ?? [] {
                try writeAtomically(document.bytes, to: "\(path)/\(document.name)")
            }
        }
    }
}
