import Checkpoints
import Files
import Foundation
import Models
import Tensors
import Tokenizers

/// What a GGUF file says of a released checkpoint, named and stored as llama.cpp's converter does.
struct ReleasedDescription {
    typealias Field = (key: String, value: GGUFValue)

    private let checkpoint: any Checkpoint
    private let configuration: DecoderConfiguration
    private let tensors: [ModelTensor]
    private var source: String { checkpoint.path + "/config.json" }

    init(_ checkpoint: any Checkpoint, _ configuration: DecoderConfiguration, _ tensors: [ModelTensor]) {
        (self.checkpoint, self.configuration, self.tensors) = (checkpoint, configuration, tensors)
    }

    /// - Parameter vocabulary: `nil` for a model without one, which the file then says.
    /// - Throws: `InputError` for a model that GGUF's keys cannot describe, and a vocabulary that is broken or larger than the
    ///   embedding table.
    func metadata(_ vocabulary: Vocabulary?) throws -> [Field] {
        let model = try configuration.ggufFields(checkpoint.fields, source: source)
        let general: [Field] = [
            ("general.type", .string("model")), ("general.name", .string(name)),
            ("general.size_label", .string(sizeLabel)),
        ]
        let tokens = try vocabulary.map(tokenizer) ?? withoutTokenizer(model)
        let template = checkpoint.chatTemplate.map { [Field("tokenizer.chat_template", .string($0))] } ?? []
        return model + general + sampling() + tokens + template
    }

    private var name: String { URL(filePath: checkpoint.path).standardizedFileURL.lastPathComponent }

    /// "7B", or "64x550M" for a mixture: experts, and what one of each with all that is shared takes.
    private var sizeLabel: String {
        var shared = 0
        var expert = 0
        for tensor in tensors {
            switch tensor.role {
            case .expertGate, .expertUp, .expertDown: expert += tensor.shape.count / tensor.shape[0]
            default: shared += tensor.shape.count
            }
        }
        let size = ReleasedDescription.rounded(shared + expert)
        return configuration.mixture.map { "\($0.expertCount)x\(size)" } ?? size
    }

    /// Two significant digits at least: "1.5B", "671B".
    private static func rounded(_ count: Int) -> String {
        let units = [(1e12, "T"), (1e9, "B"), (1e6, "M")]
        let (size, unit) = units.first { Double(count) > $0.0 } ?? (1e3, "K")
        let value = Double(count) / size
        return String(format: value.rounded(.toNearestOrEven) < 10 ? "%.1f" : "%.0f", value) + unit
    }

    // MARK: Text

    private func tokenizer(_ vocabulary: Vocabulary) throws -> [Field] {
        var vocabulary = vocabulary
        // Whatever is wrong with it should be known before it is in a file of many gigabytes.
        _ = try Tokenizer(vocabulary)
        vocabulary.beginOfSequence = vocabulary.beginOfSequence ?? mark("bos_token_id")
        vocabulary.endOfSequence = vocabulary.endOfSequence ?? mark("eos_token_id")
        // DeepSeek's distillates of Qwen split text as Qwen does; llama.cpp tells them apart by their marks.
        let isDistillate = vocabulary.addedTokens.contains { $0.content == "<｜begin▁of▁sentence｜>" }
        if vocabulary.preTokenizer == .qwen2, isDistillate { vocabulary.preTokenizer = .deepSeekR1Qwen }
        return try vocabulary.ggufFields(count: configuration.vocabularySize)
    }

    private func mark(_ key: String) -> Int? {
        guard let id = checkpoint.fields[key]?.integer, (0..<configuration.vocabularySize).contains(id) else {
            return nil
        }
        return id
    }

    /// llama.cpp opens a model without a vocabulary if it says so, and how many tokens there are.
    private func withoutTokenizer(_ model: [Field]) -> [Field] {
        let size = Field("\(configuration.family.ggufArchitecture).vocab_size", .count(configuration.vocabularySize))
        return (model.contains { $0.key == size.key } ? [] : [size]) + [("tokenizer.ggml.model", .string("none"))]
    }

    // MARK: Sampling

    /// What `generation_config.json` recommends, under the keys of newer converters. GGUF has no word for taking the likeliest
    /// token but a temperature of 0.
    private func sampling() -> [Field] {
        let fields = checkpoint.generationFields
        var found: [Field] = []
        for (name, key) in GGUFSamplingKeys.decimals {
            let isGreedy = name == "temperature" && fields["do_sample"]?.boolean == false
            guard let value = isGreedy ? 0 : fields[name]?.double.map(Float.init), value.isFinite else { continue }
            found.append((key, .float32(value)))
        }
        if let count = fields[GGUFSamplingKeys.count.name]?.integer, let value = Int32(exactly: count) {
            found.append((GGUFSamplingKeys.count.key, .int32(value)))
        }
        return found
    }
}
