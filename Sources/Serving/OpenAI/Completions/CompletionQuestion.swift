import Files
import Generation

/// A prompt as clients give it.
enum RawPrompt: Sendable, Equatable {
    case text(String)
    case tokens([Int32])

    /// The prompts in a value of `CompletionShapes.prompts`.
    static func list(_ value: JSONValue?) throws -> [RawPrompt] {
        if let text = value?.string { return [.text(text)] }
        let entries = value?.array ?? []
        if entries.contains(where: { $0.integer != nil }) { return [.tokens(try tokens(entries))] }
        return try entries.map { entry in
            if let text = entry.string { return .text(text) }
            return .tokens(try tokens(entry.array ?? []))
        }
    }

    static func tokens(_ values: [JSONValue]) throws -> [Int32] {
        try values.map { value in
            guard let id = value.integer.flatMap({ Int32(exactly: $0) }), id >= 0 else {
                throw InputError.request(
                    "prompt", .wrongType, found: "found \(value.kindName) among token ids", expected: "token ids")
            }
            return id
        }
    }
}

/// What a client asks to have continued.
struct CompletionQuestion: Sendable {
    var prompts: [RawPrompt]
    /// What follows the gap that is to be filled.
    var suffix: String?
    var echoes = false
    /// Of how many answers to each prompt the likeliest are given.
    var candidates: Int
    var parsesSpecialTokens = true
    var ignoresEnd = false
    var format = OutputFormat.free
    var options: AnswerOptions

    /// The question in a body of `CompletionShapes.request`.
    init(completion body: JSONObject) throws {
        options = try AnswerOptions(openAI: body)
        options.maximumTokens = body.given("max_tokens")?.integer ?? 16
        options.alternatives = body.given("logprobs")?.integer
        prompts = try RawPrompt.list(body["prompt"])
        suffix = body.given("suffix")?.string.flatMap { $0.isEmpty ? nil : $0 }
        echoes = body.given("echo")?.boolean ?? false
        candidates = max(body.given("best_of")?.integer ?? 1, options.samples)
        parsesSpecialTokens = body.given("parse_special")?.boolean ?? true
        ignoresEnd = body.given("ignore_eos")?.boolean ?? false
        format = CompletionQuestion.format(body)
        try check(streams: body.given("stream")?.boolean ?? false)
    }

    private static func format(_ body: JSONObject) -> OutputFormat {
        if let grammar = body.given("grammar")?.string { return .grammar(grammar) }
        if let pattern = body.given("guided_regex")?.string { return .pattern(pattern) }
        return body.given("guided_json").map { .schema($0) } ?? .free
    }

    private func check(streams: Bool) throws {
        guard prompts.count * candidates <= ServerLimits.inputs else {
            throw InputError.request(
                "prompt", .excessive, found: "found \(prompts.count) prompts with \(candidates) answers each",
                expected: "at most \(ServerLimits.inputs) answers in all", advice: "ask in several requests")
        }
        if streams, candidates > options.samples {
            throw InputError.request(
                "best_of", found: "found it in a request that streams",
                expected: "all answers to be made before the best are chosen", advice: "leave out one of the two")
        }
        if suffix != nil, echoes {
            throw InputError.request(
                "suffix", found: "found it together with echo", expected: "one of the two", advice: "leave one out")
        }
    }
}

extension CompletionQuestion {
    /// A text to go on with, or a gap to fill, with nothing else asked.
    init(text: String, suffix: String?, _ options: AnswerOptions) {
        self.options = options
        self.suffix = suffix
        prompts = [.text(text)]
        candidates = options.samples
    }
}
