import Files
import Foundation
import Generation
import Tokenizers

/// What all parts of one answer say of it.
struct AnswerHead: Sendable {
    let id: String
    let created: Int
    let model: String

    /// - Parameter prefix: what the identifier begins with, like "chatcmpl-".
    init(_ prefix: String, model: String) {
        id = prefix + AnswerHead.newIdentifier()
        created = Int(Date().timeIntervalSince1970)
        self.model = model
    }

    /// 32 random hexadecimal digits.
    static func newIdentifier() -> String {
        UUID().uuidString.replacing("-", with: "").lowercased()
    }
}

/// Writes answers as `/v1/chat/completions` has them.
struct ChatEncoding: Sendable {
    let head: AnswerHead
    let tokenizer: Tokenizer?
    /// Whether probabilities were asked for.
    let reportsTokens: Bool
    /// What parts the identifiers of calls from those of other answers.
    private let callPrefix = "call_" + AnswerHead.newIdentifier().prefix(12)

    init(_ head: AnswerHead, _ tokenizer: Tokenizer?, reportsTokens: Bool) {
        self.head = head
        self.tokenizer = tokenizer
        self.reportsTokens = reportsTokens
    }

    // MARK: Whole

    func whole(_ answers: [WholeAnswer]) -> JSONValue {
        [
            "id": .string(head.id), "object": "chat.completion", "created": .integer(head.created),
            "model": .string(head.model),
            "choices": .array(answers.enumerated().map { choice($0, $1) }),
            "usage": .usage(answers.map(\.end)),
        ]
    }

    private func choice(_ index: Int, _ answer: WholeAnswer) -> JSONValue {
        let calls = answer.calls.enumerated().map { call($0, $1.name, $1.arguments, sample: index) }
        let message: JSONValue = .present([
            "role": "assistant",
            "content": answer.text.isEmpty && !calls.isEmpty ? .null : .string(answer.text),
            "reasoning_content": answer.thinking.isEmpty ? nil : .string(answer.thinking),
            "tool_calls": calls.isEmpty ? nil : .array(calls),
        ])
        return [
            "index": .integer(index), "message": message,
            "logprobs": reportsTokens ? report(answer.tokens) : .null,
            "finish_reason": .string(answer.end.reason.openAIName),
        ]
    }

    private func call(_ index: Int, _ name: String, _ arguments: String, sample: Int) -> JSONValue {
        [
            "id": .string("\(callPrefix)\(sample)_\(index)"), "type": "function",
            "function": ["name": .string(name), "arguments": .string(arguments)],
        ]
    }

    // MARK: In parts

    /// One part of a stream.
    func part(_ sample: Int, _ delta: JSONValue, _ tokens: [TokenReport] = [], reason: String? = nil) -> JSONValue {
        chunk([
            [
                "index": .integer(sample), "delta": delta,
                "logprobs": reportsTokens && !tokens.isEmpty ? report(tokens) : .null,
                "finish_reason": .optional(reason),
            ]
        ])
    }

    /// The last part, which has no choices, but tells what was used.
    func usage(_ ends: [AnswerEnd]) -> JSONValue { chunk([], usage: .usage(ends)) }

    private func chunk(_ choices: [JSONValue], usage: JSONValue? = nil) -> JSONValue {
        .present([
            "id": .string(head.id), "object": "chat.completion.chunk", "created": .integer(head.created),
            "model": .string(head.model), "choices": .array(choices), "usage": usage,
        ])
    }

    /// What is new; `nil` for events that bring nothing to read.
    func delta(_ event: AnswerEvent, sample: Int) -> JSONValue? {
        switch event {
        case .thinking(let piece): ["reasoning_content": .string(piece)]
        case .text(let piece): ["content": .string(piece)]
        case .call(let index, let name):
            ["tool_calls": [started(index, call(index, name, "", sample: sample))]]
        case .arguments(let index, let piece):
            ["tool_calls": [["index": .integer(index), "function": ["arguments": .string(piece)]]]]
        case .prompt, .token, .finished: nil
        }
    }

    private func started(_ index: Int, _ call: JSONValue) -> JSONValue {
        .object((call.object ?? JSONObject()).merging(["index": .integer(index)]))
    }

    // MARK: Probabilities

    private func report(_ tokens: [TokenReport]) -> JSONValue {
        ["content": .array(tokens.map { report($0) }), "refusal": .null]
    }

    private func report(_ token: TokenReport) -> JSONValue {
        let alternatives = token.alternatives.map { entry($0.token, $0.logProbability) }
        let own = entry(token.id, token.logProbability ?? -9999).object ?? JSONObject()
        return .object(own.merging(["top_logprobs": .array(alternatives)]))
    }

    private func entry(_ token: Int32, _ logProbability: Double) -> JSONValue {
        let bytes = tokenizer?.bytes(of: token) ?? []
        return [
            "token": .string(String(decoding: bytes, as: UTF8.self)),
            // An impossible token has no finite number; OpenAI writes this one.
            "logprob": .decimal(max(logProbability, -9999)), "bytes": .array(bytes.map { .integer(Int($0)) }),
        ]
    }
}

extension AnswerEnd.Reason {
    /// What OpenAI's interfaces call it.
    var openAIName: String {
        switch self {
        case .stop: "stop"
        case .length, .cancelled: "length"
        case .calls: "tool_calls"
        }
    }
}

extension JSONValue {
    /// What a request used, over all of its answers; the prompt counts once.
    static func usage(_ ends: [AnswerEnd]) -> JSONValue {
        let prompt = ends.first?.promptTokens ?? 0
        let answer = ends.reduce(0) { $0 + $1.answerTokens }
        return usage(
            prompt: prompt, answer: answer, cached: ends.first?.cachedTokens ?? 0,
            thinking: ends.reduce(0) { $0 + $1.thinkingTokens })
    }

    static func usage(prompt: Int, answer: Int, cached: Int, thinking: Int) -> JSONValue {
        [
            "prompt_tokens": .integer(prompt), "completion_tokens": .integer(answer),
            "total_tokens": .integer(prompt + answer),
            "prompt_tokens_details": ["cached_tokens": .integer(cached)],
            "completion_tokens_details": ["reasoning_tokens": .integer(thinking)],
        ]
    }
}
