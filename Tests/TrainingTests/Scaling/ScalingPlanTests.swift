import Files
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Training

@Suite struct ScalingPlanTests {
    private static let dense = """
        {"model_type": "llama", "vocab_size": 256, "hidden_size": 128, "intermediate_size": 344, \
        "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 8, "max_position_embeddings": 256}
        """

    private static let mixture = """
        {"model_type": "deepseek", "vocab_size": 256, "hidden_size": 128, "intermediate_size": 512, \
        "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 8, "first_k_dense_replace": 1, \
        "n_routed_experts": 63, "n_shared_experts": 1, "num_experts_per_tok": 7, "moe_intermediate_size": 64}
        """

    private static let recipe = """
        model:
          configuration: \(dense)
          initialization: {deviation: 0.02}
        data: {text: corpus.txt, validation: held.txt, sequence: 128}
        batch: {sequences: 4, sequencesAtOnce: 2}
        optimizer: {weightDecay: 0.05}
        """

    private func fields(_ text: String) throws -> JSONObject {
        try #require(JSONParser.parse(text, source: "config.json").object)
    }

    /// The general count is the paper's where a feed-forward layer has 8·d² values.
    @Test func countsAgree() throws {
        var shape = try DecoderConfiguration(huggingFace: fields(Self.dense), source: "c")
        shape.feedForwardSize = 384
        let paper = ModelScale(layers: 4, width: 128, sequenceLength: 100).operationsPerToken
        let general = ModelScale(shape, sequenceLength: 100).operationsPerToken
        // 12·d² of the layer: 4·d² of attention, and 9 of 8 parts of 8·d² here.
        #expect(general == paper + 6 * 4 * 128 * 128)
        let mixture = try DecoderConfiguration(huggingFace: fields(Self.mixture), source: "c")
        let attention = 4 * 128 * 128 + 3 * 128 * 512
        let sparse = 4 * 128 * 128 + 63 * 128 + 3 * 128 * 64 * 8
        let expected = 6 * (attention + 3 * sparse) + 12 * 4 * 128 * 100
        #expect(ModelScale(mixture, sequenceLength: 100).operationsPerToken == Double(expected))
    }

    @Test func shapesComeNearTheirScale() throws {
        for text in [Self.dense, Self.mixture] {
            for target in [1e6, 1e7, 1e8, 1e9] {
                let shape = try ScaledShape.nearest(
                    fields(text), operationsPerToken: target, sequenceLength: 128, source: "c")
                let found = shape.scale.operationsPerToken
                #expect(found > target / 1.4 && found < target * 1.4, "\(found) of \(target)")
                #expect(shape.configuration.hiddenSize.isMultiple(of: 8))
            }
        }
    }

    @Test func gridsSpendTheirBudgets() throws {
        let plan = try ScalingPlan(.init(budgets: [1e14, 1e13, 3e13]), recipe: Self.recipe, source: "recipe.yaml")
        #expect(plan.runs.count >= 9 && Set(plan.runs.map(\.name)).count == plan.runs.count)
        #expect(Set(plan.runs.map(\.compute)) == [1e13, 3e13, 1e14])
        for run in plan.runs {
            let seen = Double(run.steps * run.sequences * 128)
            #expect(abs(seen * run.shape.scale.operationsPerToken / run.compute - 1) < 0.02, "\(run.name)")
            let recipe = try RecipeSection(yaml: run.yaml, source: "r")
            #expect(try recipe.integer("steps", in: 1...10_000_000) == run.steps)
            #expect(try recipe.text("name") == run.name)
            #expect(try recipe.section("optimizer").number("weightDecay", in: 0...1) == 0.05)
            #expect(try recipe.section("batch").integer("sequences", in: 1...10_000) == run.sequences)
            #expect(try recipe.section("rate").text("rule") == "multiStep")
            let first = try recipe.section("model").section("initialization")
            #expect(try first.number("deviation", in: 0...1) == 0.02)
            let again = try RecipeTemplate(run.yaml, source: "r")
            let configuration = try DecoderConfiguration(huggingFace: again.model, source: "r")
            #expect(configuration == run.shape.configuration)
        }
        #expect(plan.shellLine(folder: "a b").contains("'a b'/*.yaml"))
    }

    static let bad = [
        "model: {from: x}\ndata: {sequence: 8}", "data: {sequence: 8}", "[]", "model: {configuration: {a: 1}}",
        "model: {configuration: {a: 1}}\ndata: {sequence: 8}", "a: [",
    ]

    @Test(arguments: bad) func badRecipesAreRefused(_ yaml: String) {
        #expect(throws: InputError.self) { try ScalingPlan(.init(budgets: [1e13]), recipe: yaml, source: "r") }
    }

    @Test func budgetsNeedSomeSteps() {
        #expect(throws: InputError.self) {
            try ScalingPlan(.init(budgets: [1e8]), recipe: Self.recipe, source: "recipe.yaml")
        }
    }

    /// As in table 1 of DeepSeekMoE: equal parameters of experts, and equal compute with two of sixteen.
    @Test func baselinesCompare() throws {
        let shapes = try BaselineShapes(fields(Self.mixture), sequenceLength: 128, source: "c").shapes
        let names = ["mixture", "gshard", "switch", "hash", "dense", "dense-compute", "dense-parameters"]
        #expect(shapes.map(\.name) == names)
        let mixtures = try shapes[0..<4].map { try DecoderConfiguration(huggingFace: $0.fields, source: "c").mixture }
        #expect(mixtures[1...].map { $0?.expertCount } == [16, 16, 16])
        #expect(mixtures[1...].map { $0?.expertsPerToken } == [2, 1, 1])
        #expect(
            mixtures.allSatisfy { mixture in
                mixture.map { $0.expertCount * $0.expertSize + $0.sharedSize } == 64 * 64
            })
        #expect(mixtures[1]?.normalizesWeights == true && mixtures[3]?.choice == .hash(seed: 0))
        let gates = 6.0 * 3 * 128 * (63 - 16)
        #expect(shapes[0].size.operationsPerToken - shapes[1].size.operationsPerToken == gates)
        #expect(shapes[2].size.operationsPerToken > shapes[3].size.operationsPerToken)
        let odd = Self.mixture.replacing("\"n_routed_experts\": 63", with: "\"n_routed_experts\": 64")
        #expect(throws: InputError.self) { try BaselineShapes(fields(odd), sequenceLength: 1, source: "c") }
        #expect(throws: InputError.self) { try BaselineShapes(fields(Self.dense), sequenceLength: 1, source: "c") }
    }

    @Test func runsAreRead() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }
        for (name, text) in [("checkpoint-000100", "{}"), ("checkpoint-001000", Self.dense)] {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
            try write(text, name + "/config.json")
        }
        try write("data: {sequence: 100}", "settings.yaml")
        #expect(throws: InputError.self) { try ScalingPoint(run: folder) }
        try write(#"{"step": 1, "tokens": 100, "loss": 5}"#, "metrics.jsonl")
        let error = #expect(throws: InputError.self) { try ScalingPoint(run: folder) }
        #expect(error?.field == "validationLoss")
        let lines = [
            #"{"step": 1, "tokens": 100, "loss": 5, "validationLoss": 4.5}"#,
            #"{"step": 2, "tokens": 200, "loss": 4, "validationLoss": 3.5}"#,
            #"{"step": 3, "tokens": 300, "loss": 4}"#, #"{"step": 4, "tok"#,
        ]
        try write(lines.joined(separator: "\n"), "metrics.jsonl")
        let point = try ScalingPoint(run: folder)
        let shape = try DecoderConfiguration(huggingFace: fields(Self.dense), source: "c")
        #expect(point.tokens == 200 && point.loss == 3.5)
        #expect(point.scale == ModelScale(shape, sequenceLength: 100).operationsPerToken)
        #expect(try ScalingPoint(run: folder + "/metrics.jsonl") == point)
    }
}
