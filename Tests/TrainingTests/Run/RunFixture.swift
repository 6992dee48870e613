import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Training

/// A run of a very small model of V3's kind, on a text that repeats itself.
struct RunFixture {
    let folder: String
    var recipe: String

    static let model = """
        model:
          initialization: {deviation: 0.05}
          configuration:
            model_type: deepseek_v3
            vocab_size: 256
            hidden_size: 32
            intermediate_size: 48
            moe_intermediate_size: 16
            num_hidden_layers: 2
            num_attention_heads: 2
            num_key_value_heads: 2
            first_k_dense_replace: 1
            n_routed_experts: 4
            n_shared_experts: 1
            num_experts_per_tok: 2
            n_group: 1
            topk_group: 1
            norm_topk_prob: true
            routed_scaling_factor: 1.0
            kv_lora_rank: 16
            q_lora_rank: 24
            qk_nope_head_dim: 8
            qk_rope_head_dim: 8
            v_head_dim: 16
            num_nextn_predict_layers: 1
            max_position_embeddings: 64

        """

    /// - Parameter settings: the rest of the recipe, beside model and data.
    init(_ settings: String, model: String = Self.model) throws {
        folder = try Fixture.temporaryFolder()
        let text = String(repeating: "abcdefgh", count: 100)
        try writeAtomically(Data(text.utf8), to: folder + "/text.txt")
        recipe = """
            \(model)
            data: {text: "\(folder)/text.txt", validation: "\(folder)/text.txt", sequence: 16}
            \(settings)
            """
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func settings(_ changes: [(path: String, value: String)] = []) throws -> RunSettings {
        try RunSettings(RecipeSection(yaml: recipe, source: "test.yaml", changes: changes), name: "test")
    }

    func run(_ name: String, _ changes: [(path: String, value: String)] = [], threads: Int = 1) throws -> TrainingRun {
        let operations = CPUOperations(
            kernels: .fastest, pool: ThreadPool(threads: threads), arithmetic: .exact)
        return try TrainingRun(
            settings(changes), recipe: recipe, in: RunFolder(folder + "/" + name), operations: operations)
    }

    /// All bytes that a run's last checkpoint consists of, by name.
    func lastCheckpoint(_ name: String) throws -> [String: Data] {
        let path = try #require(RunFolder(folder + "/" + name).checkpoints.last?.path)
        var files: [String: Data] = [:]
        for file in try FileManager.default.subpathsOfDirectory(atPath: path) where file.contains(".") {
            files[file] = try Data(contentsOf: URL(filePath: path + "/" + file))
        }
        return files
    }

    /// The metrics of a run without what a clock has measured.
    func metrics(_ name: String) throws -> [StepMetrics] {
        try MetricsFile.read(folder + "/\(name)/metrics.jsonl").map { line in
            var line = line
            (line.tokensPerSecond, line.peakShare) = (0, nil)
            return line
        }
    }

    func lines(_ name: String) throws -> [String] { try metrics(name).map(\.line) }
}
