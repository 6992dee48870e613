import Checkpoints
import Files
import Foundation
import Generation
import Models
import Tensors

/// A model of which only an adapter is trained: its own weights stay as they are stored, quantized or not.
///
/// A training loop treats `decoder` as any other. Its steps and logits add the pairs to whatever operations they are given, so
/// that under `RecordingOperations` the tensors of `parameters`, and they alone among matrices, get gradients:
///
///     let recording = RecordingOperations(operations, tape: Tape())
///     let step = try model.decoder.step([.init(tokens: tokens, cache: nil)], operations: recording, form: .expanded)
///     let logits = model.decoder.logits(try model.decoder(step), recording)
///     let gradients = recording.tape.gradients(of: logits, CrossEntropy(logits, targets: targets).gradient)
///     for (name, tensor) in model.parameters { optimizer.update(tensor, …, gradient: gradients[tensor], …) }
package struct AdaptedModel: Sendable {
    /// The model that is adapted.
    package let checkpoint: any Checkpoint
    package let adapter: Adapter
    package let decoder: Decoder

    /// Fresh pairs, which change nothing yet: B is 0, and A uniform between ±1/√k for k inputs, as PEFT begins (He et al.,
    /// arXiv 1502.01852, with a = √5).
    /// - Parameter seed: the same gives the same numbers.
    /// - Throws: `InputError` if the checkpoint is no model, or has no layers that the settings name.
    package init(_ checkpoint: any Checkpoint, _ settings: AdapterSettings, seed: UInt64) throws {
        let (configuration, all) = try AdapterModule.all(of: checkpoint)
        let modules = try settings.modules(
            among: all, layerCount: configuration.layerCount, source: checkpoint.path)
        var random = RandomSource(seed: seed)
        let pairs = modules.map { module in
            Adapter.Pair(
                module, a: Self.start(rank: settings.rank, inputs: module.inputs, &random),
                b: Tensor(
                    [Float](repeating: 0, count: module.outputs * settings.rank),
                    shape: [module.outputs, settings.rank]),
                alpha: Float(settings.alpha))
        }
        let adapter = Adapter(
            pairs, isRankStabilized: settings.rankStabilized, format: checkpoint.format)
        try self.init(checkpoint, adapter)
    }

    /// Goes on with an adapter that is there.
    /// - Throws: `InputError` if the checkpoint is no model.
    package init(_ checkpoint: any Checkpoint, _ adapter: Adapter) throws {
        self.checkpoint = checkpoint
        self.adapter = adapter
        decoder = try Decoder(checkpoint, adapter: adapter)
    }

    private static func start(rank: Int, inputs: Int, _ random: inout RandomSource) -> Tensor {
        let bound = 1 / Double(inputs).squareRoot()
        return Tensor(
            (0..<rank * inputs).map { _ in Float((2 * random.nextUnit() - 1) * bound) }, shape: [rank, inputs])
    }

    /// What training changes, in place: A and B of each pair, under the names that PEFT gives them without its prefix.
    package var parameters: [(name: String, tensor: Tensor)] {
        adapter.pairs.flatMap { pair in
            [(pair.module.name + ".lora_A.weight", pair.a), (pair.module.name + ".lora_B.weight", pair.b)]
        }
    }

    /// Writes the adapter as PEFT does.
    /// - Throws: `InputError` if a file cannot be written.
    package func write(to folder: String, baseModel: String? = nil) throws {
        try adapter.write(to: folder, for: checkpoint, baseModel: baseModel)
    }
}
