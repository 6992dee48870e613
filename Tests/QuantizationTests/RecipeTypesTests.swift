import Checkpoints
import Files
import Hub
import Models
import Tensors
import TestSupport
import Testing

@testable import Quantization

struct RecipeTypesTests {
    /// Files that llama-quantize made, and the recorded models that they were made of.
    static let quantized: [(file: String, model: String, type: String)] = [
        ("llama-mha-IQ4_XS", "llama-mha", "iq4_xs"), ("llama-mha-Q3_K_M", "llama-mha", "q3_k_m"),
        ("llama-mha-Q4_1", "llama-mha", "q4_1"), ("llama-mha-Q4_K_M", "llama-mha", "q4_k_m"),
        ("llama-mha-Q8_0", "llama-mha", "q8_0"), ("v3-k256-IQ4_XS", "v3-k256", "iq4_xs"),
        ("v3-k256-Q2_K", "v3-k256", "q2_k"), ("v3-k256-Q3_K_M", "v3-k256", "q3_k_m"),
        ("v3-k256-Q4_K_M", "v3-k256", "q4_k_m"),
    ]

    @Test(arguments: quantized.map(\.file))
    func typesAreLlamaQuantizes(file: String) throws {
        let row = try #require(Self.quantized.first { $0.file == file })
        let plans = try model("text/\(row.model)/config.json", row.type).plans
        let recorded = try openCheckpoint(at: Fixture.path("gguf/\(file).gguf"))
        #expect(plans.count == recorded.tensors.count)
        for plan in plans {
            #expect(recorded.entry(named: plan.name)?.tensor.elementType == plan.type, "\(plan.name)")
        }
        #expect(recorded.fields["general.file_type"]?.integer == (try Recipe(row.type)).number)
    }

    /// Gigabytes that a token reads of files which llama-quantize made, as measured beside llama.cpp on these shapes.
    @Test(arguments: [
        ("deepseek-v2-lite", "q4_k_m", 10.364, 1.612), ("deepseek-r1-distill-qwen-1.5b", "q4_k_m", 1.111, 0.980),
        ("deepseek-r1-distill-qwen-1.5b", "q8_0", 1.889, 1.641), ("deepseek-llm-7b", "q4_k_m", 4.219, 3.983),
    ])
    func sizesAreThoseOfRealFiles(name: String, type: String, total: Double, active: Double) throws {
        let size = try model("models/\(name).json", type).size
        #expect(abs(Double(size.bytes) / 1e9 - total) < 0.005)
        #expect(abs(Double(size.activeBytes) / 1e9 - active) < 0.001)
    }

    /// Of the weights of V3's expert down projections the paper has 3.4 % in six bits, 20.7 % in four, and the rest in three.
    @Test func dynamicMixtureHasThePapersShares() throws {
        let plans = try model("models/deepseek-v3.json", "dq3_k_m").plans
        let downs = plans.filter { $0.name.hasSuffix("ffn_down_exps.weight") }
        #expect(downs.prefix(3).map(\.type) == [.q6_k, .q6_k, .q4_k] && downs[2].name.hasPrefix("blk.5."))
        for (type, count) in [(ElementType.q6_k, 2), (.q4_k, 12), (.q3_k, 44)] {
            #expect(downs.count { $0.type == type } == count)
        }
        #expect(plans.filter { $0.name.contains("_exps") && !$0.name.contains("down") }.allSatisfy { $0.type == .q3_k })
        // 671 billion parameters in 280 GiB; the released file's size.
        let size = try model("models/deepseek-v3.json", "dq3_k_m").size
        #expect(abs(Double(size.bytes) / 1_073_741_824 - 280) < 1)
    }

    @Test func dynamicMixtureOfAFewLayersKeepsTheShares() throws {
        let size = try model("models/deepseek-v3.json", "dq3_k_m", ShapeVariation(layers: 3, denseLayers: 1)).size
        #expect(abs(Double(size.bytes) / 1e9 - 12.14) < 0.01)
        #expect(abs(Double(size.activeBytes) / 1e9 - 1.746) < 0.001)
    }

    /// Rows that are no whole blocks: the type that llama.cpp takes, and half precision where not even 32 values fit.
    @Test func rowsThatDoNotFitGetAnotherType() {
        let falls: [(ElementType, ElementType)] = [
            (.q2_k, .q4_0), (.q3_k, .q4_0), (.q4_k, .q5_0), (.q5_k, .q5_1), (.q6_k, .q8_0), (.iq4_xs, .iq4_nl),
        ]
        for (type, smaller) in falls {
            #expect(type.fitting(width: 512) == type && type.fitting(width: 1408) == smaller)
            #expect(type.fitting(width: 100) == .f16)
        }
        #expect(ElementType.q8_0.fitting(width: 100) == .f16 && ElementType.f32.fitting(width: 100) == .f32)
    }

    @Test func valuesOfTheLargestModelsGetMoreBits() throws {
        let plans = try model("models/deepseek-r1-distill-llama-70b.json", "q3_k_m").plans
        #expect(plans.filter { $0.name.hasSuffix("attn_v.weight") }.allSatisfy { $0.type == .q5_k })
    }

    @Test(arguments: try ShippedRecipe.names())
    func normsAndRoutersStayWhole(name: String) throws {
        for entry in try model("text/v3-k256/config.json", name).plan.entries {
            let isKept = entry.shape.rank < 2 || entry.name.contains("norm") || entry.name.contains("ffn_gate_inp")
            #expect((entry.type == .f32) == (isKept || name == "f32"), "\(entry.name)")
        }
    }
}
