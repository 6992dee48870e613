import Files
import Generation
import Tokenizers

extension Endpoint {
    /// `/tokenize`.
    static let tokenize = Endpoint.post(
        "/tokenize", .native, "Turn a text into token ids",
        .named(
            "TokenizeRequest",
            .object([
                .optional("model", .model),
                .optional("content", .text, "The text."), .optional("prompt", .text, "The text, under another name."),
                .optional("add_special", .boolean, "Whether to add the marks that begin a sequence."),
                .optional("add_special_tokens", .boolean, "The same, under vLLM's name."),
                .optional("parse_special", .boolean, "Whether special tokens that it spells become those tokens."),
                .optional("with_pieces", .boolean, "Whether to give the text of each token, too."),
            ])),
        .json(
            .object([
                .required("tokens", .array(.either([.count, .anyObject]))), .required("count", .count),
            ]))
    ) { call in
        let model = try call.service.model(named: call.body.given("model")?.string)
        let tokenizer = try model.model.requiredTokenizer()
        let text = call.body.given("content")?.string ?? call.body.given("prompt")?.string ?? ""
        var ids = tokenizer.encode(text, parsingSpecialTokens: call.body.given("parse_special")?.boolean ?? true)
        let marks = call.body.given("add_special") ?? call.body.given("add_special_tokens")
        if marks?.boolean ?? false { ids = tokenizer.addingSequenceMarks(to: ids) }
        let withPieces = call.body.given("with_pieces")?.boolean ?? false
        let tokens = ids.map { id -> JSONValue in
            withPieces ? ["id": .integer(Int(id)), "piece": tokenizer.piece(id)] : .integer(Int(id))
        }
        return .json(["tokens": .array(tokens), "count": .integer(ids.count)])
    }

    /// `/detokenize`.
    static let detokenize = Endpoint.post(
        "/detokenize", .native, "Turn token ids into a text",
        .named(
            "DetokenizeRequest",
            .object([
                .optional("model", .model), .required("tokens", .array(.count)),
            ])),
        .json(.object([.required("content", .text), .required("prompt", .text)]))
    ) { call in
        let model = try call.service.model(named: call.body.given("model")?.string)
        let ids = try RawPrompt.tokens(call.body["tokens"]?.array ?? [])
        let text = JSONValue.string(try model.model.requiredTokenizer().decode(ids))
        return .json(["content": text, "prompt": text])
    }

    /// `/tokenizer_info`, from which lm-eval learns that it need not open the tokenizer itself.
    static let tokenizerInfo = Endpoint.get(
        "/tokenizer_info", .native, "Describe the first model's tokenizer",
        .json(.object([.required("tokenizer_class", .text)]))
    ) { call in
        let model = try call.service.model(named: nil)
        let tokenizer = try model.model.requiredTokenizer()
        func spelling(_ id: Int32?) -> JSONValue { id.map { .string(tokenizer.decode([$0])) } ?? .null }
        return .json([
            "tokenizer_class": "isobath", "bos_token": spelling(tokenizer.beginOfSequence),
            "eos_token": spelling(tokenizer.endOfSequence), "pad_token": spelling(tokenizer.padding),
            "add_bos_token": .boolean(tokenizer.addsBeginOfSequence),
            "model_max_length": .integer(model.model.contextLength),
        ])
    }

    /// `/apply-template`.
    static let applyTemplate = Endpoint.post(
        "/apply-template", .native, "Write a conversation as the model's prompt", ChatShapes.request,
        .json(.object([.required("prompt", .text)]))
    ) { call in
        let question = try ChatQuestion(chat: call.body)
        let segments = try call.service.model(named: question.options.model).segments(of: question)
        return .json(["prompt": .string(segments.map(\.text).joined())])
    }
}

extension Tokenizer {
    /// The text of a token, or its bytes where they are no text by themselves.
    fileprivate func piece(_ id: Int32) -> JSONValue {
        let bytes = bytes(of: id) ?? []
        return String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .array(bytes.map { .integer(Int($0)) })
    }
}
