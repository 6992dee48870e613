import Checkpoints
import Files
import Models
import Tensors

/// How the mean next-token loss of a sequence changes with every parameter of a model.
package struct LossGradients {
    /// In nats a token.
    package let loss: Double
    private let gradients: Gradients
    private let checkpoint: TrainableCheckpoint

    /// - Parameters:
    ///   - tokens: each but the first is predicted from those before it.
    ///   - operations: what computes; derivatives are taken of what it gives.
    /// - Throws: `InputError` if the checkpoint is no model, there are fewer than two tokens, or one is not in the vocabulary.
    package init(_ checkpoint: TrainableCheckpoint, tokens: [Int32], operations: any Operations) throws {
        guard tokens.count > 1 else {
            throw InputError(
                .missing, source: "tokens", found: "found \(tokens.count)",
                expected: "two or more, to predict one from",
                advice: "give a longer sequence")
        }
        let decoder = try Decoder(checkpoint)
        try decoder.check(tokens)
        let recording = RecordingOperations(operations, tape: Tape())
        let step = try decoder.step(
            [.init(tokens: Array(tokens.dropLast()), cache: nil)], operations: recording, form: .expanded)
        let logits = decoder.logits(try decoder(step), recording)
        let result = CrossEntropy(replacing: logits, targets: tokens.dropFirst().map { $0 })
        self.checkpoint = checkpoint
        loss = result.loss
        gradients = recording.tape.gradients(of: logits, result.gradient)
    }

    /// The gradient of every parameter under the checkpoint's own names; zeros for those that the loss does not depend on, such
    /// as experts that no token was sent to, and prediction layers.
    package var tensors: [(name: String, gradient: Tensor)] {
        checkpoint.tensors.map { ($0.name, gradients[$0.tensor]) }
    }

    /// Writes all gradients to a safetensors file.
    /// - Throws: `InputError` if it cannot be written.
    package func write(to path: String) throws {
        let tensors = tensors
        let header = try SafetensorsHeader(
            tensors.map { .init(name: $0.name, shape: $0.gradient.shape, type: .f32) }, source: path)
        try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
            try file.append(header.bytes)
            for (_, gradient) in tensors {
                try gradient.withFloats { try file.append(UnsafeRawBufferPointer($0)) }
            }
        }
    }
}
