import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Tensors

/// Adapters as PEFT saves them, whole and broken.
@Suite struct AdapterFolderTests {
    static let configuration = #"""
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none", "target_modules": ["q_proj"],
         "modules_to_save": null, "use_dora": false, "rank_pattern": {}, "alpha_pattern": {}, "lora_dropout": 0.0}
        """#
    private static let name = "base_model.model.model.layers.0.self_attn.q_proj"
    private static let weights = SafetensorsBytes.file(
        "{\(SafetensorsBytes.entry(name + ".lora_A.weight", "F32", "[2,3]", "[0,24]")),"
            + "\(SafetensorsBytes.entry(name + ".lora_B.weight", "F32", "[4,2]", "[24,56]"))}", dataCount: 56)

    private func opened(
        _ configuration: String? = configuration, _ weights: [UInt8]? = weights, extra: String? = nil
    ) throws -> StoredAdapter {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if let configuration {
            try Data(configuration.utf8).write(to: URL(filePath: folder + "/adapter_config.json"))
        }
        if let weights { try Data(weights).write(to: URL(filePath: folder + "/adapter_model.safetensors")) }
        if let extra { try Data([1]).write(to: URL(filePath: folder + "/" + extra)) }
        return try StoredAdapter(path: folder)
    }

    @Test func wholeAdapter() throws {
        let adapter = try opened()
        #expect(adapter.configuration == AdapterConfiguration(rank: 2, alpha: 4, isRankStabilized: false))
        #expect(adapter.pairs.map(\.name) == ["model.layers.0.self_attn.q_proj"])
        #expect(adapter.pairs[0].a.tensor.shape == [2, 3] && adapter.pairs[0].b.tensor.shape == [4, 2])
    }

    /// Changes of one field, and what they are refused for.
    static let fields: [[String]] = [
        [#""peft_type": "LORA""#, #""peft_type": "IA3""#, "unsupported", "peft_type"],
        [#""peft_type": "LORA", "#, "", "unsupported", "peft_type"],
        [#""r": 2"#, #""r": 0"#, "invalidValue", "r"],
        [#""r": 2"#, #""r": 99999999999999999999"#, "invalidValue", "r"],
        [#""r": 2"#, #""r": "2""#, "invalidValue", "r"],
        [#""r": 2, "#, "", "invalidValue", "r"],
        [#""lora_alpha": 4"#, #""lora_alpha": 1e999"#, "invalidValue", "lora_alpha"],
        [#""lora_alpha": 4"#, #""lora_alpha": null"#, "invalidValue", "lora_alpha"],
        [#""bias": "none""#, #""bias": "all""#, "unsupported", "bias"],
        [#""use_dora": false"#, #""use_dora": true"#, "unsupported", "use_dora"],
        [#""use_dora": false"#, #""use_rslora": 1"#, "wrongType", "use_rslora"],
        [#""use_dora": false"#, #""fan_in_fan_out": true"#, "unsupported", "fan_in_fan_out"],
        [#""use_dora": false"#, #""init_lora_weights": "pissa_niter_4""#, "unsupported", "init_lora_weights"],
        [#""modules_to_save": null"#, #""modules_to_save": ["lm_head"]"#, "unsupported", "modules_to_save"],
        [#""use_dora": false"#, #""target_parameters": ["experts"]"#, "unsupported", "target_parameters"],
        [#""rank_pattern": {}"#, #""rank_pattern": {"q_proj": -1}"#, "invalidValue", "rank_pattern.q_proj"],
        [#""rank_pattern": {}"#, #""rank_pattern": {"^.*q": 3}"#, "unsupported", "rank_pattern"],
        [#""alpha_pattern": {}"#, #""alpha_pattern": []"#, "wrongType", "alpha_pattern"],
        [#""alpha_pattern": {}"#, #""alpha_pattern": {"q_proj": "x"}"#, "invalidValue", "alpha_pattern.q_proj"],
    ]

    @Test(arguments: fields) func otherKindsAreRefused(_ change: [String]) throws {
        let text = Self.configuration.replacingOccurrences(of: change[0], with: change[1])
        #expect(text != Self.configuration)
        let error = #expect(throws: InputError.self) { try opened(text) }
        #expect(error?.kind.rawValue == change[2] && error?.field == change[3], "\(String(describing: error))")
    }

    @Test(arguments: ["", "[]", "{", "null", "{\"r\": 2, \"r\": 3}"]) func brokenConfigurations(_ text: String) {
        #expect(throws: InputError.self) { try opened(text) }
    }

    static let headers: [[String]] = [
        ["base_model.model.x.lora_A.weight", "base_model.model.y.lora_B.weight", "missing"],
        ["base_model.model.x.lora_A.weight", "base_model.model.x.lora_magnitude_vector", "unsupported"],
        ["x.lora_A.weight", "x.lora_B.weight", "unsupported"],
        ["base_model.model.x.weight", "base_model.model.x.lora_B.weight", "unsupported"],
    ]

    @Test(arguments: headers) func otherTensorsAreRefused(_ names: [String]) {
        let header =
            "{\(SafetensorsBytes.entry(names[0], "F32", "[2,3]", "[0,24]")),"
            + "\(SafetensorsBytes.entry(names[1], "F32", "[4,2]", "[24,56]"))}"
        let error = #expect(throws: InputError.self) {
            try opened(Self.configuration, SafetensorsBytes.file(header, dataCount: 56))
        }
        #expect(error?.kind.rawValue == names[2], "\(String(describing: error))")
    }

    @Test func missingFiles() {
        #expect(throws: InputError.self) { try opened(nil) }
        #expect(throws: InputError.self) { try opened(Self.configuration, nil) }
        let pickle = #expect(throws: InputError.self) {
            try opened(Self.configuration, nil, extra: "adapter_model.bin")
        }
        #expect(pickle?.advice.contains(".bin") == true)
        #expect(throws: InputError.self) { try StoredAdapter(path: "/nowhere/at/all") }
        #expect(throws: InputError.self) { try opened(Self.configuration, SafetensorsBytes.file("{}", dataCount: 0)) }
        #expect(throws: InputError.self) { try opened(Self.configuration, Array(Self.weights.dropLast())) }
    }

    @Test func patternsChooseByNameOrEnd() {
        let configuration = AdapterConfiguration(
            rank: 8, alpha: 16, isRankStabilized: false, ranks: [("q_proj", 4), ("model.layers.1.mlp.up_proj", 2)],
            alphas: [("self_attn.q_proj", 1.5)])
        #expect(configuration.rank(of: "model.layers.3.self_attn.q_proj") == 4)
        #expect(configuration.rank(of: "model.layers.3.self_attn.bq_proj") == 8)
        #expect(configuration.rank(of: "q_proj") == 4 && configuration.rank(of: "q_proj.x") == 8)
        #expect(configuration.rank(of: "model.layers.1.mlp.up_proj") == 2)
        #expect(configuration.alpha(of: "model.layers.3.self_attn.q_proj") == 1.5)
        #expect(configuration.alpha(of: "model.layers.3.self_attn.k_proj") == 16)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = AdapterConfiguration(
            rank: 2, alpha: 0.25, isRankStabilized: true, ranks: [("x", 1)], alphas: [("x", 3)], baseModel: "base")
        let a = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        let b = Tensor([1, 2], shape: [1, 2])
        try StoredAdapter.write([("y", a, b)], configuration, targets: ["y"], to: folder)
        let read = try StoredAdapter(path: folder)
        #expect(read.configuration == configuration)
        #expect(read.pairs[0].a.tensor.floats == a.floats && read.pairs[0].b.tensor.floats == b.floats)
    }
}
