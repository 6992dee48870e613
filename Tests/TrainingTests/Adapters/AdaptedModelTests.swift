import Checkpoints
import Files
import Foundation
import Generation
import TestSupport
import Testing

@testable import Models
@testable import Tensors
@testable import Training

/// Adapters of quantized models, trained.
@Suite struct AdaptedModelTests {
    static let sequences: [[Int32]] = [
        [7, 92, 19, 14, 29, 86, 31, 74, 40, 88, 92, 43], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
        [200, 3, 200, 3, 200, 3, 200, 3],
    ]

    private static func operations(threads: Int = 2) -> any Operations {
        CPUOperations(kernels: .fastest, pool: ThreadPool(threads: threads), arithmetic: .exact)
    }

    private static func model(_ name: String, _ settings: AdapterSettings, seed: UInt64 = 1) throws -> AdaptedModel {
        try AdaptedModel(openCheckpoint(at: Fixture.path(name)), settings, seed: seed)
    }

    /// The mean loss of a sequence, and its gradients.
    private static func loss(
        _ model: AdaptedModel, _ tokens: [Int32], _ operations: any Operations
    ) throws -> (loss: Double, gradients: Gradients) {
        let recording = RecordingOperations(operations, tape: Tape())
        let step = try model.decoder.step(
            [.init(tokens: Array(tokens.dropLast()), cache: nil)], operations: recording, form: .expanded)
        let logits = model.decoder.logits(try model.decoder(step), recording)
        let entropy = CrossEntropy(logits, targets: tokens.dropFirst().map { $0 })
        return (entropy.loss, recording.tape.gradients(of: logits, entropy.gradient))
    }

    /// - Returns: the mean loss before each step.
    @discardableResult
    static func train(_ model: AdaptedModel, steps: Int, rate: Double = 5e-3, threads: Int = 2) throws -> [Double] {
        let operations = operations(threads: threads)
        let optimizer = AdamW()
        let parameters = model.parameters.map(\.tensor)
        let moments = parameters.map { AdamW.Moments($0.shape) }
        return try (1...steps).map { step in
            let results = try sequences.map { try loss(model, $0, operations) }
            for (parameter, moments) in zip(parameters, moments) {
                let sum = results[0].gradients[parameter]
                for result in results.dropFirst() { sum.accumulate(result.gradients[parameter]) }
                optimizer.update(parameter, moments, gradient: sum, rate: rate, step: step)
            }
            return results.reduce(0) { $0 + $1.loss } / Double(results.count)
        }
    }

    static let models = ["gguf/llama-mha-Q4_K_M.gguf", "gguf/v3-k256-Q4_K_M.gguf", "text/v3-fp8"]

    @Test(arguments: models) func lossFalls(_ name: String) throws {
        let model = try Self.model(name, AdapterSettings())
        let losses = try Self.train(model, steps: 12)
        #expect(losses[11] < 0.7 * losses[0], "\(losses)")
        // Nothing but the pairs has changed.
        let plain = try AdaptedModel(model.checkpoint, AdapterSettings(), seed: 1)
        #expect(
            try Self.loss(plain, Self.sequences[0], Self.operations()).loss
                == Self.loss(Self.model(name, AdapterSettings()), Self.sequences[0], Self.operations()).loss)
    }

    @Test func freshPairsChangeNothing() throws {
        let model = try Self.model("gguf/v3-k256-Q4_K_M.gguf", AdapterSettings())
        let tokens = Self.sequences[0]
        func logits(_ decoder: Decoder) throws -> [Float] {
            let step = try decoder.step([.init(tokens: tokens, cache: nil)], operations: ReferenceOperations())
            return decoder.logits(try decoder(step), ReferenceOperations()).floats
        }
        #expect(try logits(model.decoder) == logits(Decoder(model.checkpoint)))
    }

    /// Of A and B, experts' among them, along the gradient and value by value.
    @Test(arguments: models) func gradientsAreCentralDifferences(_ name: String) throws {
        var settings = AdapterSettings()
        settings.rank = 2
        let model = try Self.model(name, settings)
        var random = RandomSource(seed: 3)
        for pair in model.adapter.pairs {
            pair.b.withMutableFloats { values in
                for index in values.indices { values[index] = Float(random.nextUnit() - 0.5) * 0.2 }
            }
        }
        let tokens = Self.sequences[0]
        let gradients = try Self.loss(model, tokens, ReferenceOperations()).gradients
        for which in ["lora_A", "lora_B"] {
            let some = model.parameters.filter { $0.name.contains(which) }.map { ($0.tensor, gradients[$0.tensor]) }
            let square = some.reduce(0.0) { $0 + $1.1.floats.reduce(0.0) { $0 + Double($1) * Double($1) } }
            let step = 2e-3 / square.squareRoot()
            func loss(_ factor: Double) throws -> Double {
                for (tensor, gradient) in some { tensor.accumulate(gradient, by: Float(factor)) }
                defer { for (tensor, gradient) in some { tensor.accumulate(gradient, by: Float(-factor)) } }
                return try Self.loss(model, tokens, ReferenceOperations()).loss
            }
            let growth = (try loss(step) - loss(-step)) / (2 * step)
            #expect(abs(growth / square - 1) < 0.01, "\(which): \(growth) of \(square)")
        }
        for (name, tensor) in model.parameters where name.contains("layers.1") {
            let gradient = gradients[tensor].floats
            let index = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
            func loss(_ change: Float) throws -> Double {
                tensor.withMutableFloats { $0[index] += change }
                defer { tensor.withMutableFloats { $0[index] -= change } }
                return try Self.loss(model, tokens, ReferenceOperations()).loss
            }
            let difference = (try loss(5e-3) - loss(-5e-3)) / 1e-2
            // Single f32 passes tell losses apart by 1e-6 or so.
            #expect(abs(difference - Double(gradient[index])) < 0.03 * abs(difference) + 3e-4, "\(name)")
        }
    }

    @Test func theSameForAnyNumberOfThreads() throws {
        var settings = AdapterSettings()
        settings.rank = 3
        let models = try [1, 3].map { threads in
            let model = try Self.model("gguf/v3-k256-Q4_K_M.gguf", settings)
            try Self.train(model, steps: 2, threads: threads)
            return model
        }
        for (a, b) in zip(models[0].parameters, models[1].parameters) {
            #expect(a.tensor.floats == b.tensor.floats, "\(a.name)")
        }
    }

    @Test func trainedAdaptersAreReadBack() throws {
        let model = try Self.model("gguf/llama-mha-Q4_K_M.gguf", AdapterSettings())
        try Self.train(model, steps: 1)
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try model.write(to: folder)
        let read = try AdaptedModel(
            model.checkpoint, Adapter(AdapterSource(path: folder), for: model.checkpoint))
        #expect(read.parameters.map(\.name) == model.parameters.map(\.name))
        for (a, b) in zip(read.parameters, model.parameters) { #expect(a.tensor.floats == b.tensor.floats) }
    }

    // MARK: Settings

    @Test func settingsAreRead() throws {
        let section = try RecipeSection(
            yaml: "rank: 4\nalpha: 8\ntargets: [q_proj, '*.mlp.*']\nrankStabilized: true\ndropout: 0.1",
            source: "recipe")
        let settings = try AdapterSettings(section)
        try section.finish()
        #expect(settings.rank == 4 && settings.alpha == 8 && settings.rankStabilized && settings.dropout == 0.1)
        #expect(settings.targets == ["q_proj", "*.mlp.*"])
        #expect(section.settings.map(\.path) == ["rank", "alpha", "targets", "rankStabilized", "dropout"])
    }

    @Test(arguments: ["rank: 0", "alpha: -1", "targets: []", "rankStabilized: 3", "dropout: 1", "dropouts: 0.1"])
    func badSettingsAreRefused(_ yaml: String) throws {
        let section = try RecipeSection(yaml: yaml, source: "recipe")
        #expect(throws: InputError.self) {
            _ = try AdapterSettings(section)
            try section.finish()
        }
    }

    struct Choice: Sendable {
        let targets: [String]
        let names: [String]
    }

    static let choices: [Choice] = [
        Choice(
            targets: ["q_a_proj"], names: ["model.layers.0.self_attn.q_a_proj", "model.layers.1.self_attn.q_a_proj"]),
        Choice(targets: ["model.layers.1.self_attn.o_proj"], names: ["model.layers.1.self_attn.o_proj"]),
        Choice(
            targets: ["*.1.*.down_proj", "lm_head"],
            names: (0..<4).map { "model.layers.1.mlp.experts.\($0).down_proj" }
                + ["model.layers.1.mlp.shared_experts.down_proj", "lm_head"]),
        Choice(targets: ["mlp.gate"], names: ["model.layers.1.mlp.gate"]),
    ]

    @Test(arguments: choices) func targetsChooseModules(_ choice: Choice) throws {
        var settings = AdapterSettings()
        settings.targets = choice.targets
        let model = try Self.model("text/v3-k256", settings)
        #expect(model.adapter.pairs.map(\.module.name) == choice.names)
    }

    @Test func allLinearLeavesOutHeadAndRouters() throws {
        let model = try Self.model("text/v3", AdapterSettings())
        let kinds = Set(model.adapter.pairs.map(\.module.kind))
        #expect(
            kinds == [
                "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj", "gate_proj", "up_proj",
                "down_proj",
            ])
        let layers = model.adapter.pairs.compactMap(\.module.layer)
        #expect(layers.max() == model.decoder.configuration.layerCount - 1)
    }

    @Test(arguments: ["x_proj", "", "*nothing*", "proj", "embed_tokens"]) func unknownTargetsAreNamed(_ target: String)
    {
        var settings = AdapterSettings()
        settings.targets = ["q_proj", target]
        let error = #expect(throws: InputError.self) { try Self.model("text/llama-mha", settings) }
        #expect(error?.found == "found “\(target)”")
    }
}
