import Checkpoints
import Files
import Foundation
import Models
import Tokenizers
import TestSupport
import Testing

@testable import Tensors
@testable import Training

/// `gradients.bin` were recorded from PyTorch: of the mean next-token loss over prompt b.
@Suite struct LossGradientTests {
    private func recorded(_ name: String) throws -> (tokens: [Int32], gradients: RecordedTensors, loss: Double) {
        let golden = try JSONParser.parse(MappedFile(path: Fixture.path("text/\(name)/golden.json")))
        let tokens = try #require(golden["prompts"]?["b"]?["ids"]?.array).compactMap(\.integer).map { Int32($0) }
        let gradients = try RecordedTensors(path: Fixture.path("text/\(name)/gradients"))
        return (tokens, gradients, try #require(gradients.description["loss"]?.double))
    }

    private func checkpoint(_ name: String) throws -> TrainableCheckpoint {
        try TrainableCheckpoint(decoding: openCheckpoint(at: Fixture.path(name)))
    }

    private var operations: [any Operations] {
        [ReferenceOperations(), CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .exact)]
    }

    @Test(arguments: ["llama-mha", "v3"]) func gradientsAreThoseOfTheReference(_ name: String) throws {
        let (tokens, golden, loss) = try recorded(name)
        for operations in operations {
            let result = try LossGradients(checkpoint("text/\(name)"), tokens: tokens, operations: operations)
            #expect(abs(result.loss - loss) < 1e-5 * loss)
            let found = Dictionary(uniqueKeysWithValues: result.tensors.map { ($0.name, $0.gradient) })
            for tensor in golden.names {
                let expected = try golden.tensor(tensor).floats
                let ours = try #require(found[tensor]).floats
                let largest = expected.map(abs).max() ?? 0
                let error = zip(ours, expected).map { abs($0 - $1) }.max() ?? 0
                #expect(ours.count == expected.count && error <= 1e-4 * largest, "\(tensor): \(error) of \(largest)")
            }
            // What the loss does not depend on: the prediction layer, and the bias that only chooses.
            for (tensor, gradient) in found where !golden.contains(tensor) {
                #expect(gradient.floats.allSatisfy { $0 == 0 }, "\(tensor)")
            }
        }
    }

    static let models = [
        "text/llama-mha", "text/llama-gqa", "text/llama-linear", "text/llama3-tied", "text/qwen2", "text/qwen3-yarn",
        "text/deepseek-moe", "text/v2-lite", "text/v2", "text/v3", "text/v3-fp8", "gguf/llama-mha-Q4_K_M.gguf",
        "gguf/v3.gguf",
    ]

    /// Along the gradient the loss grows by the gradient's square, whatever the family and however it was stored.
    @Test(arguments: models) func lossGrowsAlongTheGradient(_ name: String) throws {
        let tokens: [Int32] = [7, 92, 19, 14, 29, 86, 31, 74, 40, 88, 92, 43]
        let checkpoint = try checkpoint(name)
        let result = try LossGradients(checkpoint, tokens: tokens, operations: ReferenceOperations())
        let gradients = result.tensors
        let square = gradients.reduce(0.0) { $0 + $1.gradient.floats.reduce(0.0) { $0 + Double($1) * Double($1) } }
        let step = 1e-3 / square.squareRoot()
        func loss(_ factor: Double) throws -> Double {
            for (entry, gradient) in zip(checkpoint.tensors, gradients) {
                entry.tensor.accumulate(gradient.gradient, by: Float(factor))
            }
            defer {
                for (entry, gradient) in zip(checkpoint.tensors, gradients) {
                    entry.tensor.accumulate(gradient.gradient, by: Float(-factor))
                }
            }
            return try LossGradients(checkpoint, tokens: tokens, operations: ReferenceOperations()).loss
        }
        let growth = (try loss(step) - loss(-step)) / (2 * step)
        #expect(abs(growth / square - 1) < 0.01, "\(growth) of \(square)")
    }

    @Test func theSameForAnyNumberOfThreads() throws {
        let (tokens, _, _) = try recorded("v3")
        let results = try [1, 2, 3].map { threads in
            let pool = ThreadPool(threads: threads)
            let operations = CPUOperations(kernels: .fastest, pool: pool, arithmetic: .exact)
            return try LossGradients(checkpoint("text/v3"), tokens: tokens, operations: operations)
        }
        for result in results.dropFirst() {
            #expect(result.loss == results[0].loss)
            #expect(zip(result.tensors, results[0].tensors).allSatisfy { $0.gradient.floats == $1.gradient.floats })
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (tokens, _, _) = try recorded("llama-mha")
        let result = try LossGradients(checkpoint("text/llama-mha"), tokens: tokens, operations: ReferenceOperations())
        try FileManager.default.copyItem(
            atPath: Fixture.path("text/llama-mha/config.json"), toPath: folder + "/config.json")
        try result.write(to: folder + "/model.safetensors")
        let read = try openCheckpoint(at: folder)
        for (name, gradient) in result.tensors {
            #expect(read.entry(named: name)?.tensor.floats == gradient.floats, "\(name)")
        }
    }

    @Test(arguments: [[], [1], [1, 100_000], [-1, 2], [1, 2, 256]] as [[Int32]])
    func badTokensAreRefused(_ tokens: [Int32]) throws {
        let checkpoint = try checkpoint("text/llama-mha")
        #expect(throws: InputError.self) {
            try LossGradients(checkpoint, tokens: tokens, operations: ReferenceOperations())
        }
    }

    @Test func scalesAreWanted() throws {
        struct WithoutScales: Checkpoint {
            let whole: any Checkpoint
            var path: String { whole.path }
            var format: CheckpointFormat { whole.format }
            var fields: JSONObject { whole.fields }
            var tensors: [TensorEntry] { whole.tensors.filter { !$0.name.hasSuffix("_scale_inv") } }
            var chatTemplate: String? { nil }
            var generationFields: JSONObject { JSONObject() }
            func entry(named name: String) -> TensorEntry? { tensors.first { $0.name == name } }
            func vocabulary() throws -> Vocabulary? { nil }
        }
        let whole = try openCheckpoint(at: Fixture.path("text/v3-fp8"))
        let error = #expect(throws: InputError.self) { try TrainableCheckpoint(decoding: WithoutScales(whole: whole)) }
        #expect(error?.field?.hasSuffix("_scale_inv") == true)
    }
}
