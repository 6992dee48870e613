import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Quantization
@testable import Tensors

/// Models with an adapter added to their weights.
struct MergeTests {
    private let folder = Result { try ConversionFolder() }
    private static let tokens: [Int32] = [7, 92, 19, 14, 29, 86, 31, 74, 40, 88, 92, 43]

    /// Random pairs for all matrices but routers, written as PEFT does.
    private func adapter(for path: String, seed: UInt32 = 1, name: String = "adapter") throws -> AdapterSource {
        let checkpoint = try openCheckpoint(at: Fixture.path(path))
        var state = seed
        func numbers(_ count: Int, _ bound: Float) -> [Float] {
            (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return (Float(state >> 8) / Float(1 << 23) - 1) * bound
            }
        }
        let modules = try AdapterModule.all(of: checkpoint).modules.filter { $0.role != .router }
        let pairs = modules.map { module in
            Adapter.Pair(
                module, a: Tensor(numbers(2 * module.inputs, 0.06), shape: [2, module.inputs]),
                b: Tensor(numbers(module.outputs * 2, 0.6), shape: [module.outputs, 2]), alpha: 3)
        }
        let place = try folder.get().path + "/" + name
        try Adapter(pairs, isRankStabilized: true, format: checkpoint.format).write(to: place, for: checkpoint)
        return AdapterSource(path: place)
    }

    private func merged(_ path: String, _ adapter: AdapterSource, to name: String, _ type: ConversionType) throws
        -> String
    {
        let target = try folder.get().path + "/" + name
        let conversion = try makeConversion(from: Fixture.path(path), adding: adapter, to: target, type: type)
        _ = try conversion.write(pool: folder.get().pool) { _ in }
        return target
    }

    private func logits(_ checkpoint: any Checkpoint, _ adapter: AdapterSource? = nil) throws -> [Float] {
        let decoder = try Decoder(checkpoint, adapter: adapter.map { try Adapter($0, for: checkpoint) })
        let operations = ReferenceOperations()
        let step = try decoder.step([.init(tokens: Self.tokens, cache: nil)], operations: operations)
        return decoder.logits(try decoder(step), operations).floats
    }

    /// The largest difference over the largest value.
    private func difference(_ a: [Float], _ b: [Float]) -> Float {
        let largest = b.map(abs).max() ?? 0
        return (zip(a, b).map { abs($0 - $1) }.max() ?? .infinity) / largest
    }

    static let models = [
        "gguf/llama-mha-Q4_K_M.gguf", "gguf/deepseek-moe.gguf", "gguf/v2-lite-joined-Q8_0.gguf",
        "gguf/v3-k256-Q4_K_M.gguf", "gguf/qwen2.gguf", "text/v3-fp8", "text/llama-mha",
    ]

    @Test(arguments: models) func mergedFoldersComputeTheSame(_ name: String) throws {
        let adapter = try adapter(for: name)
        let source = try openCheckpoint(at: Fixture.path(name))
        let expected = try logits(source, adapter)
        let found = try logits(openCheckpoint(at: merged(name, adapter, to: "merged", .f32)))
        #expect(difference(found, expected) < 1e-5)
        #expect(difference(try logits(source), expected) > 0.01)
    }

    @Test(arguments: ["text/llama-mha", "text/v3", "text/deepseek-moe"])
    func mergedFilesComputeTheSame(_ name: String) throws {
        let adapter = try adapter(for: name)
        let expected = try logits(openCheckpoint(at: Fixture.path(name)), adapter)
        let found = try logits(openCheckpoint(at: merged(name, adapter, to: "merged.gguf", .f32)))
        #expect(difference(found, expected) < 1e-5)
    }

    /// The merged model can be made small again: near to what it was, and nearer than to the model without the adapter.
    @Test func mergedModelsAreQuantized() throws {
        let name = "gguf/llama-mha-Q4_K_M.gguf"
        let adapter = try adapter(for: name)
        let source = try openCheckpoint(at: Fixture.path(name))
        let path = try merged(name, adapter, to: "merged", .f32)
        let small = try folder.get().path + "/small.gguf"
        try ModelQuantizer(ModelSource(path: path), Recipe("q8_0"), path: small)
            .write(pool: folder.get().pool) { _ in }
        let expected = try logits(source, adapter)
        let quantized = try openCheckpoint(at: small)
        #expect(quantized.tensors.contains { $0.tensor.elementType == .q8_0 })
        let distance = difference(try logits(quantized), expected)
        let plain = difference(try logits(source), expected)
        #expect(distance < 0.05 && distance < 0.5 * plain)
    }

    @Test func eightBitsWithScalesAreMadeAnew() throws {
        let adapter = try adapter(for: "text/v3-fp8")
        let path = try merged("text/v3-fp8", adapter, to: "merged", .fp8)
        let source = try openCheckpoint(at: Fixture.path("text/v3-fp8"))
        let found = try openCheckpoint(at: path)
        #expect(found.entry(named: "model.layers.0.self_attn.o_proj.weight")?.tensor.elementType == .f8e4m3)
        func matrix(_ checkpoint: any Checkpoint, _ adapter: Adapter?) throws -> [Float] {
            let hidden = try DecoderConfiguration(of: checkpoint).hiddenSize
            let columns = try #require(checkpoint.entry(named: "model.layers.0.self_attn.o_proj.weight")).tensor.shape[
                1]
            return try WeightLoader(checkpoint, adapter: adapter)
                .matrix(.output, layer: 0, rows: hidden, columns: columns).decoded().floats
        }
        let expected = try matrix(source, Adapter(adapter, for: source))
        // A code has three bits after the point.
        #expect(difference(try matrix(found, nil), expected) < 0.04)
        #expect(difference(try matrix(source, nil), expected) > 0.04)
    }

    /// What another strength has begun is not gone on with.
    @Test func strengthIsAPartOfTheIdentity() throws {
        let adapter = try adapter(for: "text/llama-mha")
        let checkpoint = try openCheckpoint(at: Fixture.path("text/llama-mha"))
        let prints = try [Float(1), 0.5].map { scale in
            let adapter = try Adapter(AdapterSource(path: adapter.path, scale: scale), for: checkpoint)
            return try ModelSource(released: checkpoint, adapter: adapter, vocabulary: nil).fingerprint
        }
        #expect(prints[0] != prints[1] && prints[0].contains("adapter_model.safetensors"))
    }

    @Test func fileOfAFileIsRefused() throws {
        let adapter = try adapter(for: "gguf/llama-mha.gguf")
        #expect(throws: InputError.self) { try merged("gguf/llama-mha.gguf", adapter, to: "merged.gguf", .auto) }
    }
}
