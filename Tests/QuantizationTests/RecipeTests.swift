import Files
import Foundation
import Hub
import TestSupport
import Testing

@testable import Quantization
@testable import Tensors

struct RecipeTests {
    private static let model = ModelFacts(
        architecture: "deepseek2", layerCount: 27, firstMixtureLayer: 1, mixtureLayerCount: 26, expertCount: 64,
        sharing: 16, tiesEmbeddings: false)

    private func facts(layer: Int, width: Int = 256) -> TensorFacts {
        TensorFacts(RecipeTests.model, layer: layer, shape: Shape(10, width), hasImportance: false)
    }

    // MARK: Conditions

    @Test(arguments: [
        ("1", true), ("0", false), ("layer == 5", true), ("layer < 5 or layer > 5", false), ("not layer == 5", false),
        ("layers / 8 == 3 and layers % 8 == 3", true), ("(layer - layers / 8) % 3 == 2", true),
        ("2 + 3 * layer == 17", true), ("-layer < 0", true), ("layer-5", false), ("mixtureLayer == 4", true),
        ("mixtureLayers/29 == 0", true), ("experts >= 64 and sharing != 1", true), ("llama or qwen2 or tied", false),
        ("layer / 0 == 0 and layer % 0 == 0", true), ("not (importance or layer != 5)", true), ("width * rows", true),
    ])
    func conditionsHold(text: String, expected: Bool) throws {
        let condition = try Condition(text, source: "test", field: "if")
        #expect(condition.holds(facts(layer: 5)) == expected)
    }

    @Test func numbersDoNotOverflow() throws {
        let text = "9223372036854775807 * layer + -9223372036854775807 - layer * 9 / -1 != 0"
        _ = try Condition(text, source: "test", field: "if").holds(facts(layer: 7))
        let smallest = "(-9223372036854775807 - 1) / -1 % -1"
        _ = try Condition(smallest, source: "test", field: "if").holds(facts(layer: 7))
    }

    @Test(arguments: [
        "", "layer <", "layer layer", "(layer", "layer)", "depth < 3", "layer = 3", "layer < 99999999999999999999", "ö",
        "\"",
        String(repeating: "(", count: 100_000), String(repeating: "-", count: 150) + "1",
        String(repeating: "not ", count: 150) + "1",
    ])
    func otherTextIsRefused(_ text: String) {
        let error = #expect(throws: InputError.self) { try Condition(text, source: "r.yaml", field: "rules[0].if") }
        #expect(error?.source == "r.yaml" && error?.field == "rules[0].if")
    }

    // MARK: Files

    private static let head = "name: Mine\nabout: A test.\nnumber: 15\ntype: q4_k\n"

    @Test func rulesDecideInTheirOrder() throws {
        let recipe = try Recipe(
            yaml: RecipeTests.head + """
                rules:
                  - tensors: output.weight
                    type: Q6_K
                    because: it counts
                  - tensors: [blk.*.ffn_down*.weight, "*.attn_v.weight"]
                    if: layer < 2
                    type: q5_k
                  - tensors: blk.*.ffn_down.weight
                    type: q8_0
                """, source: "test")
        let names = [
            "output.weight", "blk.1.ffn_down.weight", "blk.1.ffn_down_exps.weight", "blk.2.ffn_down.weight",
            "blk.2.ffn_down_exps.weight", "blk.0.attn_v.weight", "blk.0.attn_norm.weight", "blk.0.ffn_gate_inp.weight",
            "blk.0.exp_probs_b.bias", "blk.0.attn_v.weight.x",
        ]
        let tensors = names.map { QuantizationPlan.Source(name: $0, shape: Shape(4, 512), type: .f16) }
        let entries = QuantizationPlan(recipe, model: RecipeTests.model, tensors: tensors).entries
        #expect(entries.map(\.type) == [.q6_k, .q5_k, .q5_k, .q8_0, .q4_k, .q5_k, .f16, .f16, .f16, .f16])
        #expect(entries[0].reason == "it counts" && entries[4].reason.contains("Mine"))
        let changed = recipe.overridden(by: [try TypeOverride("blk.*.attn_v.weight=q3_k")])
        #expect(QuantizationPlan(changed, model: RecipeTests.model, tensors: tensors).entries[5].type == .q3_k)
        #expect(QuantizationPlan(changed.pure, model: RecipeTests.model, tensors: tensors).entries[0].type == .q4_k)
    }

    @Test func rowsThatDoNotFitSayWhy() throws {
        let recipe = try Recipe(yaml: RecipeTests.head, source: "test")
        let tensors = [(1408, ElementType.q5_0), (100, .f16), (512, .q4_k)].map { width, _ in
            QuantizationPlan.Source(name: "blk.0.ffn_down.weight", shape: Shape(3, width), type: nil)
        }
        let entries = QuantizationPlan(recipe, model: RecipeTests.model, tensors: tensors).entries
        #expect(entries.map(\.type) == [.q5_0, .f16, .q4_k])
        #expect(entries[0].reason.contains("1408") && entries[0].reason.contains("256"))
    }

    private static let broken: [(yaml: String, field: String?)] = [
        ("", nil), ("- a\n", nil), ("name: [", nil), ("about: x\nnumber: 1\ntype: q4_k", "name"),
        ("name: x\nabout: x\nnumber: many\ntype: q4_k", "number"), ("name: x\nabout: x\nnumber: 1\ntype: q9", "type"),
    ]

    /// What stands behind a good head.
    private static let brokenEnds: [(end: String, field: String)] = [
        ("colour: red", "colour"), ("rules: 3", "rules"), ("rules: [3]", "rules[0]"),
        ("rules: [{type: q4_k}]", "rules[0].tensors"), ("rules: [{tensors: a}]", "rules[0].type"),
        ("rules: [{tensors: a, type: i32}]", "rules[0].type"),
        ("rules: [{tensors: a, type: q4_k, if: nonsense}]", "rules[0].if"),
        ("rules: [{tensors: a, type: q4_k, when: 1}]", "rules[0].when"),
    ]

    @Test(arguments: broken + brokenEnds.map { (yaml: head + $0.end, field: $0.field) })
    func brokenRecipesAreRefused(yaml: String, field: String?) {
        let error = #expect(throws: InputError.self) { try Recipe(yaml: yaml, source: "r.yaml") }
        #expect(error?.source == "r.yaml")
        if let field { #expect(error?.field == field) }
    }

    /// Whatever of a recipe's text is changed, it is read or answered by a sentence.
    @Test func changedTextIsReadOrRefused() throws {
        let whole = Array(
            (RecipeTests.head + "rules:\n  - tensors: [a.*, b]\n    if: (layer < 2) or not x\n    type: q6_k\n").utf8)
        let marks = Array("[]{}:-*&!|>'\"%@`,#? \n\t\0()<=9".utf8)
        var state: UInt64 = 11
        let below = { (limit: Int) -> Int in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0...below(4) { bytes[below(bytes.count)] = marks[below(marks.count)] }
            do {
                _ = try Recipe(yaml: String(decoding: bytes, as: UTF8.self), source: "changed")
            } catch let error as InputError {
                #expect(error.source == "changed")
            }
        }
    }

    @Test func namesAreTakenInAnyCaseAndOthersListed() throws {
        #expect(try Recipe("Q4_K_M").name == "Q4_K_M")
        let error = try #require(throws: InputError.self) { try Recipe("q4_k_x\n") }
        for name in try ShippedRecipe.names() { #expect(error.description.contains(name)) }
        #expect(error.description.contains("q4_k_m or") || error.description.contains("perhaps"))
    }

    @Test(arguments: try ShippedRecipe.names())
    func shippedRecipesAreWellMade(_ name: String) throws {
        let recipe = try Recipe(name)
        #expect(recipe.name.lowercased() == name)
        #expect(recipe.rules.allSatisfy { $0.because?.isEmpty == false })
    }

    /// The study's sizes of DeepSeek-V3 (arXiv 2505.02390, table 1), which it rounds up to whole GiB, and bits a weight.
    @Test(arguments: [
        ("q4_k_m", 377.0, 4.82), ("q3_k_m", 298, 3.81), ("dq3_k_m", 281, 3.59), ("q2_k_l", 228, 2.91),
        ("ud-q2_k_xl", 212, 2.70),
    ])
    func sizesAreTheStudys(name: String, gibibytes: Double, bits: Double) throws {
        let plan = try QuantizationPlan(
            Recipe(name),
            shape: ShapeVariation().applied(to: configurationFields("models/deepseek-v3.json"), source: "v3"),
            source: "v3")
        let found = Double(plan.byteCount) / 1_073_741_824
        #expect(abs(found / gibibytes - 1) < 0.01 && gibibytes - found < 1.1)
        #expect(abs(plan.bitsPerWeight - bits) < 0.01)
    }

    /// The study's gigabytes a device of eight (table 1), which hold what computing takes too, and what fits 64 GB. With latents
    /// as the cache all of them do.
    @Test(arguments: [
        ("q4_k_m", 71, false), ("q3_k_m", 61, true), ("dq3_k_m", 59, true), ("q2_k_l", 52, true),
        ("ud-q2_k_xl", 50, true),
    ])
    func machinesFitAsInTheStudy(name: String, gigabytes: Int, fits: Bool) throws {
        let fields = try ShapeVariation().applied(to: configurationFields("models/deepseek-v3.json"), source: "v3")
        let all = try QuantizationPlan(Recipe(name), shape: fields, source: "v3").fits
        #expect(all.count == 6)
        // The last two are of whatever machine this is.
        let found = all.filter { $0.machine != "this machine" }
        #expect(found.count == 4)
        for fit in found where fit.cache == .expanded {
            let each = Double(fit.bytesPerDevice) / 1e9
            #expect(each < Double(gigabytes) + 0.5 && each > Double(gigabytes) - 1.7, "\(each)")
            #expect(fit.fits == (fits || fit.capacityPerDevice == 80_000_000_000))
        }
        // 61 layers of 512 + 64 values.
        #expect(found.filter { $0.cache == .latent }.allSatisfy { $0.fits && $0.cacheBytes == 61 * 576 * 2 * 32_768 })
    }

    @Test(arguments: ["", "q4_k", "=q4_k", "a=q9", "a="])
    func brokenOverridesAreRefused(_ text: String) {
        #expect(throws: InputError.self) { try TypeOverride(text) }
    }
}
