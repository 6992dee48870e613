import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Every recorded checkpoint opens, and the tensors of the two containers hold the same numbers.
@Suite struct OpenFixturesTests {
    /// v2-mscale is a configuration for the weights of v2-lite.
    static let folders = [
        "deepseek-moe", "llama-gqa", "llama-linear", "llama-mha", "llama3-tied", "qwen2", "qwen3-yarn", "v2", "v2-lite",
        "v3", "v3-fp8", "v3-k256",
    ]
    static let files = try? FileManager.default.contentsOfDirectory(atPath: Fixture.path("gguf"))
        .filter { $0.hasSuffix(".gguf") }.sorted()

    @Test(arguments: folders) func folderOpens(_ name: String) throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("text/\(name)"))
        #expect(checkpoint.format == .safetensors)
        #expect(checkpoint.fields["hidden_size"]?.integer ?? 0 > 0)
        #expect(checkpoint.entry(named: "model.embed_tokens.weight")?.tensor.shape.rank == 2)
        #expect(checkpoint.entry(named: "no such tensor") == nil)
        #expect(try checkpoint.vocabulary() == nil)
        #expect(checkpoint.chatTemplate == nil)
        let bytes = checkpoint.tensors.reduce(0) { $0 + $1.tensor.byteCount }
        let files = Set(checkpoint.tensors.map(\.file))
        let sizes = try files.reduce(0) { try $0 + MappedFile(path: $1).byteCount }
        #expect(bytes < sizes && bytes > sizes * 9 / 10)
    }

    @Test(arguments: files ?? []) func fileOpens(_ name: String) throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("gguf/\(name)"))
        let architecture = try #require(checkpoint.fields["general.architecture"]?.string)
        #expect(checkpoint.format == .gguf)
        #expect(checkpoint.fields["\(architecture).block_count"]?.integer ?? 0 > 0)
        #expect(checkpoint.fields["tokenizer.ggml.tokens"] == nil)
        #expect(checkpoint.entry(named: "token_embd.weight")?.tensor.shape.array.first == 256)
        #expect(checkpoint.tensors.count == Set(checkpoint.tensors.map(\.name)).count)
        #expect(try checkpoint.vocabulary()?.tokens.count == 256)
    }

    @Test func thereAreFixtures() throws { #expect(try #require(Self.files).count == 25) }

    @Test func shardsAreFound() throws {
        let folder = try openCheckpoint(at: Fixture.path("text/v3-fp8"))
        #expect(Set(folder.tensors.map(\.file)).count == 3)
        let shard = try openCheckpoint(at: Fixture.path("text/v3-fp8/model-00002-of-000003.safetensors"))
        #expect(shard.tensors.map(\.name) == folder.tensors.map(\.name))
        let weight = try #require(folder.entry(named: "model.layers.0.mlp.down_proj.weight")?.tensor)
        #expect(weight.elementType == .f8e4m3)
    }

    /// Any file of a split set opens it whole, with the first one's metadata.
    @Test(arguments: 1...3) func splitSetOpens(_ number: Int) throws {
        let whole = try openCheckpoint(at: Fixture.path("gguf/llama-mha-Q8_0.gguf"))
        let split = try openCheckpoint(at: Fixture.path("gguf/llama-mha-Q8_0-split-0000\(number)-of-00003.gguf"))
        #expect(Set(split.tensors.map(\.name)) == Set(whole.tensors.map(\.name)))
        #expect(split.fields["llama.block_count"] == whole.fields["llama.block_count"])
        for entry in whole.tensors {
            let other = try #require(split.entry(named: entry.name)?.tensor)
            #expect(other.elementType == entry.tensor.elementType && other.shape == entry.tensor.shape)
            #expect(bytes(other) == bytes(entry.tensor))
        }
    }

    /// The converter keeps these tensors as they are, so that name, order of dimensions and place can be compared.
    @Test(arguments: [("v3", "v3"), ("qwen2", "qwen2"), ("llama-mha", "llama-mha")])
    func containersAgree(_ folder: String, _ file: String) throws {
        let safetensors = try openCheckpoint(at: Fixture.path("text/\(folder)"))
        let gguf = try openCheckpoint(at: Fixture.path("gguf/\(file).gguf"))
        let names = [
            ("model.embed_tokens.weight", "token_embd.weight"), ("model.norm.weight", "output_norm.weight"),
            ("model.layers.0.mlp.down_proj.weight", "blk.0.ffn_down.weight"), ("lm_head.weight", "output.weight"),
        ]
        for (first, second) in names {
            let left = try #require(safetensors.entry(named: first)?.tensor)
            let right = try #require(gguf.entry(named: second)?.tensor)
            #expect(left.shape == right.shape)
            #expect(left.floats == right.floats)
        }
    }

    /// A 32-bit decimal reads as the decimal that was meant.
    @Test func decimalsStayShort() throws {
        let gguf = try openCheckpoint(at: Fixture.path("gguf/v3.gguf"))
        #expect(gguf.fields["deepseek2.attention.layer_norm_rms_epsilon"]?.double == 1e-6)
        #expect(gguf.fields["deepseek2.rope.scaling.yarn_log_multiplier"]?.double == 0.1)
        #expect(gguf.fields["deepseek2.expert_weights_norm"]?.boolean == true)
        #expect(gguf.fields["general.architecture"]?.string == "deepseek2")
    }

    private func bytes(_ tensor: Tensor) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: tensor.bytes, count: tensor.byteCount))
    }
}
