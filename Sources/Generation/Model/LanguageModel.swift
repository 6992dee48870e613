import Checkpoints
import Files
import Models
import Synchronization
import Tensors
import Tokenizers

/// A checkpoint opened for use: its decoder, its tokenizer, its chat template, and how it wants to be sampled.
///
/// Opening maps files and checks them; weights are read as they are used. One model serves any number of sessions.
public final class LanguageModel: Sendable {
    /// The checkpoint's path.
    public let path: String
    /// What the decoder is.
    public let configuration: DecoderConfiguration
    /// `nil` for a checkpoint without vocabulary, which takes and gives token ids only.
    public let tokenizer: Tokenizer?
    /// The conversation format that the checkpoint declares; `nil` if it declares none, or none that is known.
    public let chatTemplate: ChatTemplate?
    /// Whether the checkpoint declares a template that is none of the family's.
    public let declaresUnknownTemplate: Bool
    /// Tokens that end an answer.
    public let endTokens: Set<Int32>
    /// What the publishers recommend, with the checkpoint's own `generation_config.json` before it.
    public let recommendedSampling: SamplingSettings
    /// How the model is executed.
    public let settings: EngineSettings
    /// The longest sequence that a session may hold.
    public let contextLength: Int

    package let checkpoint: any Checkpoint
    package let decoder: Decoder
    package let operations: any Operations
    package let pool: KeyValuePool
    /// The tokens as constraints need them, once one was asked for.
    let constraintVocabulary = Mutex<ConstraintVocabulary?>(nil)

    /// Opens the checkpoint at `path`: a GGUF file, or a folder of safetensors.
    /// - Throws: `InputError` that names the file and the field if anything about it is wrong.
    public convenience init(path: String, settings: EngineSettings = EngineSettings()) throws {
        try self.init(path: path, settings: settings) { try UncachedFile(path: $0, byteCount: $1) }
    }

    /// - Parameter open: how the files are opened that experts are read from when they are chosen.
    package init(path: String, settings: EngineSettings, opening open: ExpertStore.Opener) throws {
        let checkpoint = try openCheckpoint(at: path)
        self.path = path
        self.checkpoint = checkpoint
        self.settings = settings
        self.decoder = try Decoder(
            checkpoint, adapter: settings.adapter.map { try Adapter($0, for: checkpoint) },
            expertMemory: settings.expertMemory, foresees: settings.foreseesExperts, opening: open)
        self.configuration = decoder.configuration
        self.tokenizer = try checkpoint.vocabulary().map { try Tokenizer($0) }
        self.chatTemplate = checkpoint.chatTemplate.flatMap { ChatTemplate(recognizing: $0) }
        self.declaresUnknownTemplate = checkpoint.chatTemplate != nil && chatTemplate == nil
        self.endTokens = LanguageModel.endTokens(checkpoint, tokenizer, chatTemplate)
        self.recommendedSampling = try SamplingSettings.recommended(
            for: SamplingFamily(template: chatTemplate, family: decoder.configuration.family)
        ).merging(generationFields: checkpoint.generationFields, source: path + "/generation_config.json")
        self.contextLength = min(settings.contextLength ?? .max, decoder.configuration.contextLength)
        self.operations = try settings.operations(pool: .shared)
        self.pool = KeyValuePool(layout: decoder.cacheLayout(elementType: settings.cacheElementType))
    }

    /// The tokenizer.
    /// - Throws: `InputError` saying that the checkpoint has none.
    public func requiredTokenizer() throws -> Tokenizer {
        if let tokenizer { return tokenizer }
        throw InputError(
            .missing, source: path, field: "tokenizer", found: "found no vocabulary in the checkpoint",
            expected: "tokenizer.json or GGUF vocabulary", advice: "give token ids with --tokens, or add tokenizer.json"
        )
    }

    /// The chat template, or the one called `name` if a name is given.
    /// - Throws: `InputError` if the name is unknown, or the checkpoint declares no known template and none is named.
    public func requiredTemplate(named name: String? = nil) throws -> ChatTemplate {
        if let name { return try ChatTemplate(named: name) }
        if let chatTemplate { return chatTemplate }
        let names = ChatTemplate.allCases.map(\.name).joined(separator: ", ")
        throw InputError(
            declaresUnknownTemplate ? .unsupported : .missing, source: path, field: "chat_template",
            found: declaresUnknownTemplate
                ? "found a chat template that is none of the family's" : "found no chat template",
            expected: "one of \(names)", advice: "choose one with --template NAME, or use --raw for plain completion")
    }

    /// The tokens that go through the model at once, where `rest` are left of a prompt.
    ///
    /// Where experts are read from the file, a longer chunk reads each of them for more tokens. It consists of whole
    /// chunks of the usual length, so that every token meets the form of attention that it would have met otherwise.
    package func chunk(of rest: Int) -> Int {
        let usual = settings.chunkLength
        guard decoder.expertStore != nil, rest > usual else { return min(usual, rest) }
        return min(rest, max(EngineSettings.storedChunkLength, usual)) / usual * usual
    }

    private static func endTokens(
        _ checkpoint: any Checkpoint, _ tokenizer: Tokenizer?, _ template: ChatTemplate?
    ) -> Set<Int32> {
        var ends: Set<Int32> = []
        for fields in [checkpoint.fields, checkpoint.generationFields] {
            guard let value = fields["eos_token_id"] else { continue }
            let ids = value.array?.compactMap(\.integer) ?? [value.integer].compactMap(\.self)
            ends.formUnion(ids.compactMap { Int32(exactly: $0) })
        }
        if let end = tokenizer?.endOfSequence { ends.insert(end) }
        ends.formUnion((template?.stopStrings ?? []).compactMap { tokenizer?.id(of: $0) })
        return ends
    }
}

extension SamplingFamily {
    /// The recommendations that hold for a checkpoint, by its conversation format and generation.
    init(template: ChatTemplate?, family: ModelFamily) {
        switch template {
        case .r1, .r1First, .r1Distill, .r1DistillFirst: self = .r1
        case .v3, .v31: self = .v3
        case .proverV2: self = .prover
        case .coder: self = .coder
        case .plain, nil:
            switch family {
            case .deepSeekV2: self = .v2
            case .deepSeekV3: self = .v3
            case .llama, .qwen2, .qwen3, .deepSeekMoE: self = .chat
            }
        }
    }
}
