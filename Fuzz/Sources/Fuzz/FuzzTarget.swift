@testable import Checkpoints
@testable import Files
import Generation
@testable import Models
@testable import Tensors
import Tokenizers

/// A reader of files from outside. It may refuse its input with an `InputError` that names the file, and nothing else:
/// a trap, a wrong address, a leak, more memory or time than libFuzzer allows, or another error ends the run.
enum FuzzTarget: String, CaseIterable {
    case adapter
    case configuration
    case gguf
    case grammar
    case regex
    case safetensors
    case schema
    case tokenizer

    /// Gives the bytes to the reader.
    func run(_ bytes: UnsafeRawBufferPointer) {
        let file = MappedFile(copying: bytes, path: "fuzz-input")
        do {
            try read(file)
        } catch let error as InputError {
            precondition(error.description.contains("fuzz-input"), "an error that does not name its file")
        } catch {
            fatalError("an error of another kind: \(error)")
        }
    }

    private func read(_ file: MappedFile) throws {
        switch self {
        case .adapter: try readAdapter(file)
        case .configuration: try readConfiguration(file)
        case .gguf: try readGGUF(file)
        case .grammar: try use(Grammar(gbnf: file.fuzzText, source: file.path))
        case .regex: try use(Grammar(regularExpression: file.fuzzText, source: file.path))
        case .schema: try use(Grammar(jsonSchema: file.fuzzText, source: file.path))
        case .safetensors: touch(try SafetensorsFile(file).entries)
        case .tokenizer: try use(Vocabulary(tokenizerFile: file, configuration: nil))
        }
    }

    /// `config.json`, up to the frequencies of the rotary embedding.
    private func readConfiguration(_ file: MappedFile) throws {
        guard let fields = try JSONParser.parse(file).object else { return }
        let configuration = try DecoderConfiguration(huggingFace: fields, source: file.path)
        _ = RotaryEmbedding(configuration.rotary)
    }

    /// `adapter_config.json`, or llama.cpp's file of an adapter.
    private func readAdapter(_ file: MappedFile) throws {
        guard !GGUFFile.recognizes(file) else {
            return touch(try StoredAdapter(GGUFFile(file)).pairs.flatMap { [$0.a, $0.b] })
        }
        guard let fields = try JSONParser.parse(file).object else { return }
        let configuration = try AdapterConfiguration(fields, source: file.path)
        _ = configuration.alpha(of: "model.layers.0.self_attn.q_proj")
        _ = JSONValue.object(configuration.fields(targets: [])).text
    }

    private func readGGUF(_ file: MappedFile) throws {
        let checkpoint = try GGUFCheckpoint(file)
        touch(checkpoint.tensors)
        // A file of tensors without the fields of a model is answered here, and its vocabulary is still of interest.
        _ = try? DecoderConfiguration(gguf: checkpoint)
        if let vocabulary = try checkpoint.vocabulary() { try use(vocabulary) }
    }

    /// Follows a grammar with the bytes of some JSON, and asks twice what may come; that is always something.
    private func use(_ grammar: Grammar) throws {
        let vocabulary = ConstraintVocabulary(size: 257, endTokens: [256]) { [UInt8(truncatingIfNeeded: $0)] }
        let constraint = Constraint(grammar, vocabulary)
        for beginning in TextBeginning.allCases {
            var progress = try constraint.begin(beginning)
            for byte in #"{"name": [1, -2.5e3, "a\u00e9"], "b": null}"#.utf8 where !progress.isFinished {
                var logits = [Float](repeating: 0, count: 257)
                try progress.restrict(&logits)
                let next = logits[Int(byte)] == 0 ? Int(byte) : logits.firstIndex(of: 0) ?? 0
                try progress.append(Int32(next))
            }
        }
    }

    /// Reads the first and the last byte of every tensor, where the address sanitizer sees a wrong bound.
    private func touch(_ entries: [TensorEntry]) {
        for tensor in entries.map(\.tensor) where tensor.byteCount > 0 {
            _ = tensor.bytes.load(as: UInt8.self)
            _ = tensor.bytes.load(fromByteOffset: tensor.byteCount - 1, as: UInt8.self)
        }
    }

    /// Text comes back as it was, whatever the vocabulary; bytes that it has no token for are lost.
    private func use(_ vocabulary: Vocabulary) throws {
        let tokenizer = try Tokenizer(vocabulary)
        for parsesSpecial in [false, true] {
            let ids = tokenizer.encode("Hello  wörld 123\n｜深度 ab<end>", parsingSpecialTokens: parsesSpecial)
            precondition(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }, "an id outside of the vocabulary")
            _ = tokenizer.decode(ids)
        }
    }
}

extension MappedFile {
    /// The whole file as text, bytes that are not UTF-8 replaced.
    fileprivate var fuzzText: String {
        String(decoding: withBytes(in: 0..<byteCount) { Array($0) }, as: UTF8.self)
    }
}
