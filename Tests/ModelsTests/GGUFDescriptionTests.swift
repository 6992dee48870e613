import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// What a GGUF file of a `config.json` must hold, against what llama.cpp's converter wrote for the same one.
struct GGUFDescriptionTests {
    /// A recorded model and the file that llama.cpp made of it.
    struct Pair: Sendable, CustomTestStringConvertible {
        let model: String
        let file: String

        var testDescription: String { file }
    }

    static let pairs = [
        Pair(model: "llama-gqa", file: "llama-gqa"), Pair(model: "llama-mha", file: "llama-mha"),
        Pair(model: "llama3-tied", file: "llama3-tied"), Pair(model: "qwen2", file: "qwen2"),
        Pair(model: "qwen3-yarn", file: "qwen3-yarn"), Pair(model: "deepseek-moe", file: "deepseek-moe"),
        Pair(model: "v2-lite", file: "v2-lite"), Pair(model: "v2", file: "v2"), Pair(model: "v3", file: "v3"),
        Pair(model: "v3-k256", file: "v3-k256-Q4_K_M"),
    ]

    /// The configuration as converters see it: without prediction layers.
    private func configuration(_ model: String) throws -> (DecoderConfiguration, JSONObject) {
        let path = Fixture.path("text/\(model)/config.json")
        let fields = try #require(try JSONParser.parse(try MappedFile(path: path)).object)
        var configuration = try DecoderConfiguration(huggingFace: fields, source: path)
        configuration.predictionLayerCount = 0
        return (configuration, fields)
    }

    @Test(arguments: pairs)
    func metadataIsTheConverters(pair: Pair) throws {
        let (configuration, fields) = try configuration(pair.model)
        let written = try configuration.ggufFields(fields, source: "config.json")
        let recorded = try openCheckpoint(at: Fixture.path("gguf/\(pair.file).gguf")).fields
        let architecture = try #require(recorded["general.architecture"]?.string)
        var expected = Set(recorded.members.map(\.key).filter { $0.hasPrefix(architecture + ".") })
        expected.insert("general.architecture")
        // Demanded by llama.cpp of a model with as few layers, though its converter leaves it out.
        if pair.model == "v2-lite" { expected.insert("deepseek2.attention.q_lora_rank") }
        #expect(Set(written.map(\.key)) == expected)
        for (key, value) in written {
            if pair.model == "v2-lite", key == "deepseek2.attention.q_lora_rank" {
                #expect(value == .uint32(0))
            } else {
                #expect(value.json == recorded[key], "\(key)")
            }
        }
    }

    @Test(arguments: pairs)
    func tensorsAreTheConverters(pair: Pair) throws {
        let found = try configuration(pair.model).0.ggufTensors
        let recorded = try openCheckpoint(at: Fixture.path("gguf/\(pair.file).gguf"))
        #expect(found.map(\.name).sorted() == recorded.tensors.map(\.name).sorted())
        for tensor in found {
            #expect(tensor.shape == recorded.entry(named: tensor.name)?.tensor.shape, "\(tensor.name)")
        }
    }

    @Test func divisorsAreTheConverters() throws {
        let divisors = try #require(try configuration("llama3-tied").0.rotary.ggufDivisors)
        let recorded = try openCheckpoint(at: Fixture.path("gguf/llama3-tied.gguf"))
        let expected = try #require(recorded.entry(named: "rope_freqs.weight")?.tensor.floats)
        #expect(divisors == expected)
        #expect(try configuration("llama-gqa").0.rotary.ggufDivisors == nil)
    }

    @Test func predictionLayersAreCountedAndComplete() throws {
        var (configuration, fields) = try configuration("v3")
        let without = Set(configuration.ggufTensors.map(\.name))
        configuration.predictionLayerCount = 1
        let written = try configuration.ggufFields(fields, source: "config.json")
        #expect(written.first { $0.key == "deepseek2.block_count" }?.value == .uint32(4))
        #expect(written.first { $0.key == "deepseek2.nextn_predict_layers" }?.value == .uint32(1))
        let added = Set(configuration.ggufTensors.map(\.name)).subtracting(without)
        #expect(added.allSatisfy { $0.hasPrefix("blk.3.") })
        #expect(added.contains("blk.3.nextn.eh_proj.weight") && added.contains("blk.3.ffn_down_exps.weight"))
    }

    /// A model that may choose experts from all of its groups has none for llama.cpp.
    @Test func groupsThatAreAllChosenAreNone() throws {
        var (configuration, fields) = try configuration("v3")
        #expect(configuration.mixture?.groupCount == 4)
        configuration.mixture?.groupsPerToken = 4
        let written = try configuration.ggufFields(fields, source: "config.json")
        #expect(written.first { $0.key == "deepseek2.expert_group_count" }?.value == .uint32(1))
        #expect(written.first { $0.key == "deepseek2.expert_group_used_count" }?.value == .uint32(1))
        #expect(fields["n_group"]?.integer == 4)
    }

    @Test(arguments: ConfigurationTests.read.map(\.name))
    func parametersOfReleasedModelsAreComplete(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        var configuration = try released.configuration()
        configuration.predictionLayerCount = 0
        let parameters = configuration.ggufTensors.filter { $0.role != .rotaryDivisors }.reduce(0) {
            $0 + $1.shape.count
        }
        #expect(parameters == released.specification["params_total"]?.integer)
    }

    @Test func whatGGUFCannotSayIsRefused() throws {
        let (_, fields) = try configuration("v2")
        for (key, value) in [
            ("moe_layer_freq", JSONValue.number("2")), ("n_routed_experts", .null), ("use_mla", .boolean(false)),
        ] {
            let changed = JSONObject(fields.members.filter { $0.key != key } + [(key, value)])
            let configuration = try DecoderConfiguration(huggingFace: changed, source: "config.json")
            let error = #expect(throws: InputError.self) {
                try configuration.ggufFields(changed, source: "config.json")
            }
            #expect(error?.kind == .unsupported, "\(key)")
        }
    }
}

extension GGUFValue {
    /// The value as the reader gives it back.
    fileprivate var json: JSONValue? {
        switch self {
        case .uint32(let value): .number(String(value))
        case .float32(let value): .number(value.description)
        case .string(let text): .string(text)
        case .boolean(let value): .boolean(value)
        default: nil
        }
    }
}
