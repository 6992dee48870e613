import Checkpoints
import Files
import Models
import TestSupport
import Testing

@testable import Tensors
@testable import Training

/// A small model of V3's kind, trained a little in each precision.
@Suite struct PrecisionTests {
    private func checkpoint(_ name: String = "text/v3") throws -> TrainableCheckpoint {
        try TrainableCheckpoint(decoding: openCheckpoint(at: Fixture.path(name)))
    }

    private func operations(
        _ settings: PrecisionSettings, _ checkpoint: TrainableCheckpoint, threads: Int = 2
    ) throws -> any Operations {
        let pool = ThreadPool(threads: threads)
        return try settings.makeOperations(base: CPUOperations(kernels: .fastest, pool: pool), checkpoint: checkpoint)
    }

    /// Sequences that can be learned but not foretold: each token is one of three, by the one before.
    private func sequence(_ generator: inout SeededGenerator) -> [Int32] {
        var tokens: [Int32] = [generator.token(below: 61)]
        while tokens.count < 65 {
            let next = tokens[tokens.count - 1] * 3 + generator.token(below: 3)
            tokens.append(next % 61)
        }
        return tokens
    }

    /// Losses of `steps` steps of AdamW, each on another sequence.
    private func losses(_ settings: PrecisionSettings, steps: Int, threads: Int = 2) throws -> [Double] {
        let checkpoint = try checkpoint()
        let operations = try operations(settings, checkpoint, threads: threads)
        let optimizer = AdamW()
        let moments = checkpoint.tensors.map { AdamW.Moments($0.tensor.shape) }
        var generator = SeededGenerator(17)
        return try (1...steps).map { step in
            let result = try LossGradients(checkpoint, tokens: sequence(&generator), operations: operations)
            for (index, (_, gradient)) in result.tensors.enumerated() {
                optimizer.update(
                    checkpoint.tensors[index].tensor, moments[index], gradient: gradient, rate: 1e-3, step: step)
            }
            return result.loss
        }
    }

    /// Single losses differ by more, since a rounding may send a token to another expert.
    @Test func lossFallsAsInF32() throws {
        func ends(_ kind: PrecisionSettings.Kind) throws -> (first: Double, last: Double) {
            let losses = try losses(PrecisionSettings(kind), steps: 60)
            return (losses[0], losses.suffix(15).reduce(0, +) / 15)
        }
        let exact = try ends(.f32)
        #expect(exact.last < 0.8 * exact.first)
        for kind in [PrecisionSettings.Kind.bf16, .fp8] {
            let found = try ends(kind)
            #expect(found.last != exact.last && abs(found.last / exact.last - 1) < 0.03, "\(kind): \(found), \(exact)")
        }
    }

    @Test(arguments: [PrecisionSettings.Kind.bf16, .fp8]) func theSameForAnyThreads(_ kind: PrecisionSettings.Kind)
        throws
    {
        let settings = PrecisionSettings(kind)
        #expect(try losses(settings, steps: 3, threads: 1) == losses(settings, steps: 3, threads: 3))
    }

    // MARK: What is which

    static let models = [
        "text/llama3-tied", "text/llama-mha", "text/qwen2", "text/deepseek-moe", "text/v2-lite", "text/v3",
        "gguf/v3-mtp.gguf",
    ]

    /// Every matrix is a linear layer's, but those that the recipe keeps.
    @Test(arguments: models) func keptAreEmbeddingHeadAndGates(_ name: String) throws {
        let checkpoint = try checkpoint(name)
        let linears = LinearWeights(of: try Decoder(checkpoint))
        let kept = [
            "embed_tokens", "lm_head", "mlp.gate.weight", "eh_proj", "shared_head", "token_embd", "ffn_gate_inp",
        ]
        var count = 0
        for entry in checkpoint.tensors where entry.tensor.shape.rank > 1 {
            let isKept = kept.contains { entry.name.contains($0) } || entry.name == "output.weight"
            let matrix = entry.tensor.shape.rank == 3 ? entry.tensor.entry(0) : entry.tensor
            #expect((linears[Weight(matrix)] == nil) == isKept, "\(entry.name)")
            count += isKept ? 0 : 1
        }
        #expect(count > 6)
    }

    static let roles: [(String, LinearWeights.Place)] = [
        ("self_attn.o_proj", .afterAttention), ("self_attn.kv_b_proj", .plain),
        ("mlp.experts.3.gate_proj", .expertInput),
        ("mlp.experts.3.up_proj", .expertInput), ("mlp.experts.3.down_proj", .expertOutput),
        ("mlp.shared_experts.down_proj", .plain),
    ]

    @Test(arguments: roles) func placesFollowNames(_ name: String, _ place: LinearWeights.Place) throws {
        let checkpoint = try checkpoint()
        let entry = try #require(checkpoint.entry(named: "model.layers.1.\(name).weight"))
        #expect(LinearWeights(of: try Decoder(checkpoint))[Weight(entry.tensor)] == place)
    }

    /// In f32 nothing stands between the decoder and the base.
    @Test func f32IsTheBase() throws {
        let checkpoint = try checkpoint()
        let base = ReferenceOperations()
        #expect(try PrecisionSettings(.f32).makeOperations(base: base, checkpoint: checkpoint) is ReferenceOperations)
        for kind in [PrecisionSettings.Kind.bf16, .fp8] {
            let operations = try PrecisionSettings(kind).makeOperations(base: base, checkpoint: checkpoint)
            #expect(operations.name == "reference, linear layers in \(kind.rawValue)")
        }
    }

    // MARK: Recipes

    private func settings(_ yaml: String) throws -> PrecisionSettings {
        let recipe = try RecipeSection(yaml: yaml, source: "run.yaml")
        let settings = try PrecisionSettings(recipe.section("precision"))
        try recipe.finish()
        return settings
    }

    @Test func settingsAreRead() throws {
        #expect(try settings("precision: {}") == PrecisionSettings(.f32))
        #expect(try settings("precision: {kind: bf16}") == PrecisionSettings(.bf16))
        #expect(try settings("precision: {kind: fp8}") == PrecisionSettings(.fp8))
        var changed = FP8Settings()
        changed.roundsOutputs = false
        changed.remembersAttentionInE5M6 = false
        changed.remembersGatesInFP8 = false
        changed.dispatchesPowersOfTwo = false
        changed.accumulation = .fourteenBits
        let yaml = """
            precision:
              kind: fp8
              roundsOutputs: false
              remembersAttentionInE5M6: false
              remembersGatesInFP8: false
              dispatchesPowersOfTwo: false
              accumulation: fourteenBits
            """
        #expect(try settings(yaml) == PrecisionSettings(.fp8, fp8: changed))
    }

    static let wrong = [
        "precision: {kind: fp4}", "precision: {kind: fp8, accumulation: f16}",
        "precision: {kind: [fp8]}", "precision: {kind: fp8, roundsOutputs: maybe}",
        "precision: {kind: bf16, roundsOutputs: true}", "precision: {bits: 8}", "precision: fp8",
    ]

    @Test(arguments: wrong) func wrongSettingsAreRefused(_ yaml: String) {
        let error = #expect(throws: InputError.self) { try settings(yaml) }
        #expect(error?.field?.hasPrefix("precision") == true)
    }
}

/// SplitMix64: the same numbers on every machine.
private struct SeededGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func token(below limit: Int32) -> Int32 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Int32(z % UInt64(limit))
    }
}
