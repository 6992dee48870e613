import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Tensors

@Suite struct AdapterTests {
    static let tokens: [Int32] = [7, 92, 19, 14, 29, 86, 31, 74, 40, 88, 92, 43]

    private static var operations: [any Operations] {
        [ReferenceOperations(), CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .exact)]
    }

    private func logits(
        _ decoder: Decoder, _ operations: any Operations = ReferenceOperations(), _ form: LatentForm = .automatic,
        steps: [Range<Int>] = [0..<12]
    ) throws -> [Float] {
        let cache = KeyValueCache(pool: KeyValuePool(layout: decoder.cacheLayout(elementType: .f32)))
        return try steps.flatMap { range in
            let step = try decoder.step(
                [.init(tokens: Array(Self.tokens[range]), cache: cache)], operations: operations, form: form)
            return decoder.logits(try decoder(step), operations).floats
        }
    }

    static let models = [
        "text/llama-mha", "text/llama3-tied", "text/qwen2", "text/qwen3-yarn", "text/deepseek-moe", "text/v2-lite",
        "text/v3", "text/v3-fp8", "gguf/llama-mha-Q4_K_M.gguf", "gguf/deepseek-moe.gguf",
        "gguf/v2-lite-joined-Q8_0.gguf",
        "gguf/v3-k256-Q4_K_M.gguf",
    ]

    /// All matrices adapted: every path gives one and the same, and something else than without.
    @Test(arguments: models) func everyPathAddsTheAdapter(_ name: String) throws {
        let checkpoint = try openCheckpoint(at: Fixture.path(name))
        // Not routers: another choice of experts is no rounding.
        let adapter = try randomAdapter(for: checkpoint) { $0.role != .router }
        let decoder = try Decoder(checkpoint, adapter: adapter)
        let expected = try logits(decoder)
        #expect(relativeError(try logits(Decoder(checkpoint)), expected) > 0.01)
        for operations in Self.operations {
            for form in LatentForm.allCases {
                #expect(relativeError(try logits(decoder, operations, form), expected) < 2e-5)
            }
            let steps = [0..<5, 5..<6, 6..<12]
            #expect(relativeError(try logits(decoder, operations, steps: steps), expected) < 2e-5)
        }
    }

    static let containers = ["llama-mha", "llama-gqa", "deepseek-moe", "qwen2", "v2-lite", "v3"]

    /// What is written for one container is the same adapter for the other, whose rows may lie elsewhere.
    @Test(arguments: containers) func containersShareAdapters(_ name: String) throws {
        let (released, gguf) = (
            try openCheckpoint(at: Fixture.path("text/\(name)")),
            try openCheckpoint(at: Fixture.path("gguf/\(name).gguf"))
        )
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let adapter = try randomAdapter(for: gguf) { $0.layer ?? 0 < 3 && $0.role != .router }
        try adapter.write(to: folder, for: gguf)
        let again = try Adapter(AdapterSource(path: folder), for: gguf)
        #expect(again.pairs.map(\.module) == adapter.pairs.map(\.module))
        for (a, b) in zip(again.pairs, adapter.pairs) {
            #expect(a.a.floats == b.a.floats && a.b.floats == b.b.floats && a.alpha == b.alpha, "\(a.module.name)")
        }
        let moved = try Adapter(AdapterSource(path: folder), for: released)
        let expected = try logits(Decoder(gguf, adapter: adapter))
        let error = relativeError(try logits(Decoder(released, adapter: moved)), expected)
        #expect(error < 2e-5, "\(error)")
    }

    /// llama.cpp's files, of pairs with scales of their own, for both containers.
    @Test(arguments: ["llama-mha", "deepseek-moe", "v3"]) func filesOfLlamaCpp(_ name: String) throws {
        let checkpoints = try ["gguf/\(name).gguf", "text/\(name)"].map { try openCheckpoint(at: Fixture.path($0)) }
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let random = try randomAdapter(for: checkpoints[0]) { module in
            module.role != .router && module.role != .latentExpansion && module.layer ?? 0 < 3
        }
        let pairs = random.pairs.map { pair in
            Adapter.Pair(pair.module, a: pair.a, b: pair.b, alpha: pair.module.kind == "o_proj" ? 0.5 : 2)
        }
        let adapter = Adapter(pairs, isRankStabilized: true, format: .gguf)
        let expected = try logits(Decoder(checkpoints[0], adapter: adapter))
        try adapter.writeGGUF(to: folder + "/adapter.gguf", for: checkpoints[0])
        for checkpoint in checkpoints {
            let read = try Adapter(AdapterSource(path: folder + "/adapter.gguf"), for: checkpoint)
            #expect(read.pairs.map(\.module.name) == pairs.map(\.module.name))
            #expect(relativeError(try logits(Decoder(checkpoint, adapter: read)), expected) < 2e-5)
        }
    }

    @Test func whatGGUFHasNoPlaceForIsNamed() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("gguf/v3.gguf"))
        let path = NSTemporaryDirectory() + "isobath-no-place.gguf"
        let expansion = try randomAdapter(for: checkpoint) { $0.role == .latentExpansion }
        #expect(throws: InputError.self) { try expansion.writeGGUF(to: path, for: checkpoint) }
        let expert = try randomAdapter(for: checkpoint) { $0.expert == 1 }
        #expect(throws: InputError.self) { try expert.writeGGUF(to: path, for: checkpoint) }
        #expect(throws: InputError.self) { try Adapter(AdapterSource(path: checkpoint.path), for: checkpoint) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func scaleIsAFactor() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("text/llama-mha"))
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try randomAdapter(for: checkpoint).write(to: folder, for: checkpoint)
        func logits(_ scale: Float) throws -> [Float] {
            let adapter = try Adapter(AdapterSource(path: folder, scale: scale), for: checkpoint)
            return try self.logits(Decoder(checkpoint, adapter: adapter))
        }
        let plain = try self.logits(Decoder(checkpoint))
        #expect(relativeError(try logits(0), plain) < 1e-7)
        #expect(relativeError(try logits(0.1), plain) < relativeError(try logits(1), plain))
    }

    @Test func rankStabilizedScale() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("text/llama-mha"))
        let plain = try randomAdapter(for: checkpoint, rank: 4)
        let stable = Adapter(plain.pairs, isRankStabilized: true, format: .safetensors)
        #expect(plain.scale(of: plain.pairs[0]) == 0.5 && stable.scale(of: plain.pairs[0]) == 1)
    }

    /// Pairs of different ranks and strengths, and of some layers only, survive being written.
    @Test func patternsAreWritten() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("text/v3"))
        let narrow = try randomAdapter(for: checkpoint) { $0.kind == "o_proj" && $0.layer != 1 }
        let wide = try randomAdapter(for: checkpoint, rank: 5) { $0.kind == "kv_b_proj" && $0.layer == 0 }
        let pairs = narrow.pairs + wide.pairs.map { Adapter.Pair($0.module, a: $0.a, b: $0.b, alpha: 0.1) }
        let adapter = Adapter(pairs, isRankStabilized: true, format: .safetensors)
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try adapter.write(to: folder, for: checkpoint)
        let read = try Adapter(AdapterSource(path: folder), for: checkpoint)
        #expect(read.isRankStabilized && read.pairs.map(\.rank) == pairs.map(\.rank))
        #expect(read.pairs.map(\.alpha) == pairs.map(\.alpha))
    }

    /// Experts that are read when they are chosen have their pairs too.
    @Test func storedExpertsAreAdapted() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("gguf/v3.gguf"))
        let adapter = try randomAdapter(for: checkpoint) { $0.expert != nil }
        let mapped = try Decoder(checkpoint, adapter: adapter)
        let stored = try Decoder(checkpoint, adapter: adapter, expertMemory: 200_000)
        #expect(stored.expertStore != nil)
        #expect(relativeError(try logits(stored), try logits(mapped)) < 1e-6)
        #expect(relativeError(try logits(Decoder(checkpoint)), try logits(mapped)) > 1e-3)
    }

    struct Spelling: Sendable {
        let text: String
        let path: String?
        var scale: Float = 1
    }

    static let spellings: [Spelling] = [
        Spelling(text: "folder", path: "folder"), Spelling(text: "folder:0.5", path: "folder", scale: 0.5),
        Spelling(text: "a:b:-2", path: "a:b", scale: -2), Spelling(text: "there:1", path: "there:1"),
        Spelling(text: "folder:much", path: nil), Spelling(text: "folder:", path: nil),
        Spelling(text: "folder:nan", path: nil), Spelling(text: ":1", path: nil),
    ]

    @Test(arguments: spellings) func pathsAndScales(_ spelling: Spelling) throws {
        let source = { try AdapterSource(parsing: spelling.text) { $0 == "there:1" } }
        if let path = spelling.path {
            #expect(try source() == AdapterSource(path: path, scale: spelling.scale))
        } else {
            #expect(throws: InputError.self) { try source() }
        }
    }
}
