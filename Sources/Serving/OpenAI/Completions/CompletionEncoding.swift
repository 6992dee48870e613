import Files
import Generation
import Tokenizers

/// Tokens with their places in a text, as `/v1/completions` reports them.
struct TokenTable: Sendable {
    private var tokens: [JSONValue] = []
    private var logProbabilities: [JSONValue] = []
    private var alternatives: [JSONValue] = []
    private var offsets: [JSONValue] = []
    private let tokenizer: Tokenizer
    private let alternativeCount: Int
    private var decoder: StreamingDecoder
    /// Characters of the text so far.
    private(set) var length: Int

    /// - Parameter start: characters before the first token.
    init(_ tokenizer: Tokenizer, alternatives count: Int, start: Int = 0) {
        self.tokenizer = tokenizer
        alternativeCount = count
        decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: true)
        length = start
    }

    /// Appends a token; a special one is in the table, but not in the text.
    mutating func append(_ report: TokenReport) {
        tokens.append(.string(spelling(report.id)))
        logProbabilities.append(report.logProbability.map { .decimal(max($0, -9999)) } ?? .null)
        offsets.append(.integer(length))
        length += decoder.push(report.id).unicodeScalars.count
        alternatives.append(report.logProbability == nil || alternativeCount == 0 ? .null : top(report))
    }

    /// The likeliest tokens, and the one that stands there if it is none of them.
    private func top(_ report: TokenReport) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        var known: Set<String> = []
        let likeliest = report.alternatives.prefix(alternativeCount).map { ($0.token, $0.logProbability) }
        for (token, logProbability) in likeliest + [(report.id, report.logProbability ?? 0)] {
            guard known.insert(spelling(token)).inserted else { continue }
            members.append((key: spelling(token), value: .decimal(max(logProbability, -9999))))
        }
        return .object(JSONObject(members))
    }

    /// The token's text, or its bytes where they are no text by themselves.
    private func spelling(_ token: Int32) -> String {
        let bytes = tokenizer.bytes(of: token) ?? []
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return "bytes:" + bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    var value: JSONValue {
        [
            "tokens": .array(tokens), "token_logprobs": .array(logProbabilities),
            "top_logprobs": .array(alternatives), "text_offset": .array(offsets),
        ]
    }
}

/// Writes answers as `/v1/completions` has them.
struct CompletionEncoding: Sendable {
    let head: AnswerHead
    let tokenizer: Tokenizer
    /// How many alternatives are reported; `nil` for no probabilities.
    let alternatives: Int?

    /// A whole answer behind the tokens of the prompt that it repeats.
    func choice(_ index: Int, _ answer: WholeAnswer, echoing prompt: [TokenReport] = []) -> JSONValue {
        let echo = tokenizer.decode(prompt.map(\.id), skippingSpecialTokens: true)
        return choice(
            index, echo + answer.text, answer.end.reason, table(prompt + answer.tokens, start: 0)?.value ?? .null)
    }

    /// The table of `tokens`; `nil` where none was asked for.
    func table(_ tokens: [TokenReport], start: Int) -> TokenTable? {
        guard let alternatives else { return nil }
        var table = TokenTable(tokenizer, alternatives: alternatives, start: start)
        for token in tokens { table.append(token) }
        return table
    }

    func choice(_ index: Int, _ text: String, _ reason: AnswerEnd.Reason?, _ table: JSONValue) -> JSONValue {
        [
            "index": .integer(index), "text": .string(text), "logprobs": table,
            "finish_reason": .optional(reason?.openAIName),
        ]
    }

    func answer(_ choices: [JSONValue], usage: JSONValue?) -> JSONValue {
        .present([
            "id": .string(head.id), "object": "text_completion", "created": .integer(head.created),
            "model": .string(head.model), "choices": .array(choices), "usage": usage,
        ])
    }
}
