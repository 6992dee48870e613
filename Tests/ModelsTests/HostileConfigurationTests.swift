import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Configurations with a field that no model has: an `InputError` that names the field, or a decoder that runs.
///
/// A trap would end the test process.
struct HostileConfigurationTests {
    /// A field of a released configuration, what it is replaced by, and the field that the sentence must name.
    struct Case: Sendable, CustomTestStringConvertible {
        let model: String
        let path: String
        let value: JSONValue
        let kind: InputError.Kind
        let named: String

        init(
            _ model: String, _ path: String, _ value: JSONValue, _ kind: InputError.Kind = .invalidValue,
            naming named: String? = nil
        ) {
            self.model = model
            self.path = path
            self.value = value
            self.kind = kind
            self.named = named ?? path.split(separator: ".").last.map(String.init) ?? path
        }

        var testDescription: String { "\(model), \(path)" }
    }

    static let cases: [Case] = [
        Case("deepseek-llm-7b", "model_type", .string("mamba"), .unsupported),
        Case("deepseek-llm-7b", "model_type", .null, .missing),
        Case("deepseek-llm-7b", "model_type", .number("3"), .wrongType),
        Case("deepseek-llm-7b", "hidden_size", .null, .missing),
        Case("deepseek-llm-7b", "hidden_size", .number("4611686018427387904")),
        Case("deepseek-llm-7b", "hidden_size", .number("4096.5"), .wrongType),
        Case("deepseek-llm-7b", "hidden_size", .string("4096"), .wrongType),
        Case("deepseek-llm-7b", "num_hidden_layers", .number("-1")),
        Case("deepseek-llm-7b", "num_attention_heads", .number("0")),
        Case("deepseek-llm-7b", "num_attention_heads", .number("8192"), naming: "head_dim"),
        Case("deepseek-llm-67b", "num_key_value_heads", .number("7")),
        Case("deepseek-llm-7b", "head_dim", .number("127")),
        Case("deepseek-llm-7b", "vocab_size", .number("1e300"), .wrongType),
        Case("deepseek-llm-7b", "rms_norm_eps", .number("1e400")),
        Case("deepseek-llm-7b", "rms_norm_eps", .number("-1e-6")),
        Case("deepseek-llm-7b", "rope_theta", .number("1")),
        Case("deepseek-llm-7b", "hidden_act", .string("relu"), .unsupported),
        Case("deepseek-llm-7b", "mlp_bias", .boolean(true), .unsupported),
        Case("deepseek-r1-distill-qwen-7b", "use_sliding_window", .boolean(true), .unsupported),
        Case("deepseek-coder-6.7b", "rope_scaling", .array([]), .wrongType),
        Case("deepseek-coder-6.7b", "rope_scaling.type", .string("dynamic"), .unsupported),
        Case("deepseek-coder-6.7b", "rope_scaling.factor", .number("0")),
        Case("deepseek-r1-distill-llama-8b", "rope_scaling.rope_type", .string("longrope"), .unsupported),
        Case("deepseek-r1-distill-llama-8b", "rope_scaling.high_freq_factor", .number("1")),
        Case("deepseek-v3", "rope_scaling.factor", .number("0")),
        Case("deepseek-v3", "rope_scaling.factor", .number("1e400")),
        Case("deepseek-v3", "rope_scaling.factor", .string("NaN"), .wrongType),
        Case("deepseek-v3", "rope_scaling.beta_fast", .number("0")),
        Case("deepseek-v3", "rope_scaling.original_max_position_embeddings", .number("0")),
        Case("deepseek-v3", "qk_rope_head_dim", .number("63")),
        Case("deepseek-v3", "kv_lora_rank", .number("0")),
        Case("deepseek-v3", "attention_bias", .boolean(true), .unsupported),
        Case("deepseek-v3", "n_group", .number("7")),
        Case("deepseek-v3", "topk_group", .number("9"), naming: "n_group"),
        Case("deepseek-v3", "num_experts_per_tok", .number("257")),
        Case("deepseek-v3", "num_experts_per_tok", .number("129")),
        Case("deepseek-v3", "n_routed_experts", .number("4611686018427387904")),
        Case("deepseek-v3", "moe_layer_freq", .number("0")),
        Case("deepseek-v3", "topk_method", .string("dice"), .unsupported),
        Case("deepseek-v3", "scoring_func", .string("sqrtsoftplus"), .unsupported),
        Case("deepseek-v3", "num_nextn_predict_layers", .number("65")),
        Case("deepseek-v3", "quantization_config.quant_method", .string("gptq"), .unsupported),
        Case(
            "deepseek-v3", "quantization_config.weight_block_size", .array([.number("64"), .number("64")]), .unsupported
        ),
        Case("deepseek-v3", "quantization_config.weight_block_size", .string("128"), .unsupported),
    ]

    @Test(arguments: cases)
    func theSentenceNamesTheField(hostile: Case) throws {
        let released = try ReleasedConfiguration(hostile.model + ".json")
        let fields = released.fields.replacing(hostile.path.split(separator: ".").map(String.init)[...], hostile.value)
        let error = try #require(throws: InputError.self) {
            _ = try DecoderConfiguration(huggingFace: fields, source: "config.json")
        }
        #expect(error.kind == hostile.kind && error.field == hostile.named, "\(error)")
        #expect(error.description.hasPrefix("config.json") && error.description.hasSuffix("."), "\(error)")
    }

    // MARK: Every field, every value

    static let values: [JSONValue?] =
        [
            "-1", "0", "1", "2", "3", "6", "1.5", "4611686018427387904", "9223372036854775807", "1e308", "1e400",
            "1e-320",
        ]
        .map { .number($0) } + [
            .string("x"), .null, .array([]), .array([.number("128"), .number("128")]), .object(JSONObject()),
            .boolean(true), .boolean(false), nil,
        ]

    @Test(arguments: ReleasedConfiguration.all.map(\.name))
    func everyFieldReplacedByEveryValue(name: String) throws {
        let released = try ReleasedConfiguration(name + ".json")
        let empty = try ChangedCheckpoint.withoutTensors()
        var (read, refused) = (0, 0)
        for (path, value, fields) in released.fields.mutations(Self.values) {
            do {
                let model = try DecoderConfiguration(huggingFace: fields, source: "config.json")
                read += 1
                let frequencies = RotaryEmbedding(model.rotary).inverseFrequencies
                if frequencies.count != model.rotary.size / 2 || !frequencies.allSatisfy({ $0.isFinite && $0 > 0 }) {
                    Issue.record("\(path) = \(String(describing: value)): frequencies are no positive numbers")
                }
                var checkpoint = empty
                checkpoint.fields = fields
                #expect(throws: InputError.self) { _ = try Decoder(checkpoint) }
            } catch let error as InputError {
                refused += 1
                if error.field == nil || !error.description.hasSuffix(".") { Issue.record("\(error)") }
            }
        }
        #expect(refused > 0 && (read > 0) == (ConfigurationTests.read.contains { $0.name == name }))
    }

    static let checkpoints =
        ["deepseek-moe", "llama3-tied", "qwen2", "qwen3-yarn", "v2", "v3", "v3-fp8"].map { "text/" + $0 }
        + ["deepseek-moe", "llama3-tied", "qwen3-yarn", "v2-lite", "v3"].map { "gguf/\($0).gguf" }

    /// With the tensors of the unchanged model: refused, or a decoder whose steps run to their end.
    @Test(arguments: checkpoints)
    func whatIsReadRuns(name: String) throws {
        let original = try openCheckpoint(at: Fixture.path(name))
        let operations = try CPUOperations()
        var (ran, refused) = (0, 0)
        for (path, value, fields) in original.fields.mutations(Self.values) where !path.hasPrefix("tokenizer.") {
            var checkpoint = ChangedCheckpoint(original)
            checkpoint.fields = fields
            do {
                let decoder = try Decoder(checkpoint)
                let logits = try run(decoder, operations)
                if logits.shape.array != [3, decoder.configuration.vocabularySize] {
                    Issue.record("\(path) = \(String(describing: value)): \(logits.shape)")
                }
                ran += 1
            } catch let error as InputError {
                refused += 1
                if error.field == nil || !error.description.hasSuffix(".") { Issue.record("\(error)") }
            }
        }
        #expect(refused > 0 && ran > 0)
    }

    private func run(_ decoder: Decoder, _ operations: any Operations) throws -> Tensor {
        let pool = KeyValuePool(layout: decoder.cacheLayout(elementType: .q8_0, rowsPerPage: 2))
        let step = try decoder.step(
            [.init(tokens: [1, 2, 0], cache: KeyValueCache(pool: pool))], operations: operations)
        return decoder.logits(try decoder(step), operations)
    }
}

extension ChangedCheckpoint {
    /// A checkpoint in Hugging Face's layout that has no tensors.
    static func withoutTensors() throws -> ChangedCheckpoint {
        var checkpoint = ChangedCheckpoint(try openCheckpoint(at: Fixture.path("text/llama-mha")))
        checkpoint.hasTensors = false
        return checkpoint
    }
}

extension JSONObject {
    /// The object with `value` at `path`; without the member where `value` is `nil`.
    func replacing(_ path: ArraySlice<String>, _ value: JSONValue?) -> JSONObject {
        guard let key = path.first else { return self }
        let replacement =
            path.count == 1 ? value : .object(self[key]?.object?.replacing(path.dropFirst(), value) ?? self)
        let place = members.firstIndex { $0.key == key } ?? members.count
        var changed = members
        if place < changed.count { changed.remove(at: place) }
        if let replacement { changed.insert((key, replacement), at: min(place, changed.count)) }
        return JSONObject(changed)
    }

    /// The paths of all members, those of inner objects included.
    private var paths: [[String]] {
        members.flatMap { key, value in
            [[key]] + (value.object?.paths.map { [key] + $0 } ?? [])
        }
    }

    /// The object with each of its fields replaced by each of `values`, one at a time.
    func mutations(_ values: [JSONValue?]) -> some Sequence<(path: String, value: JSONValue?, fields: JSONObject)> {
        paths.lazy.flatMap { path in
            values.lazy.map { (path.joined(separator: "."), $0, replacing(path[...], $0)) }
        }
    }
}
