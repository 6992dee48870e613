import Checkpoints
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Tokenizers

@testable import Training

/// A fixture model over bytes: token i is byte i, and byte 1 ends an answer.
struct SmallModel {
    let checkpoint: TrainableCheckpoint
    let model: LearningModel
    let tokenizer: Tokenizer

    init(_ name: String = "llama-mha", threads: Int = 2) throws {
        checkpoint = try TrainableCheckpoint(decoding: openCheckpoint(at: Fixture.path("text/\(name)")))
        let operations = CPUOperations(kernels: .fastest, pool: ThreadPool(threads: threads), arithmetic: .exact)
        model = LearningModel(try Decoder(checkpoint), operations: operations)
        tokenizer = try SmallModel.bytes()
    }

    private static func bytes() throws -> Tokenizer {
        // GPT-2's spelling of bytes.
        var next: UInt32 = 0x100
        let spellings = (0..<UInt32(256)).map { byte in
            let isVisible = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            defer { if !isVisible { next += 1 } }
            return Unicode.Scalar(isVisible ? byte : next).map { String(Character($0)) }
        }
        var vocabulary = Vocabulary(
            source: "bytes", tokens: spellings, merges: [], addedTokens: [], preTokenizer: .default)
        vocabulary.endOfSequence = 1
        return try Tokenizer(vocabulary)
    }

    /// Plain descent, which is enough for small proofs: θ −= rate · gradient.
    func descend(_ gradients: Gradients, rate: Float, _ others: [TensorEntry] = []) {
        for entry in checkpoint.tensors + others {
            guard let gradient = gradients.known(entry.tensor) else { continue }
            gradient.withFloats { gradient in
                entry.tensor.withMutableFloats { values in
                    for place in values.indices { values[place] -= rate * gradient[place] }
                }
            }
        }
    }

    var values: [[Float]] { checkpoint.tensors.map { $0.tensor.floats } }
}
