import Files
import Foundation
import Generation
import Tokenizers

/// Writes answers as `/api/chat` and `/api/generate` have them.
struct OllamaEncoding: Sendable {
    /// Whether text stands in a message or by itself.
    enum Form: Sendable { case chat, generate }

    let form: Form
    let model: String
    let begun = ContinuousClock.now

    /// What one event says; `nil` for events that bring nothing to read. Calls are given whole, so that they wait for their end.
    func part(_ event: AnswerEvent) -> JSONValue? {
        switch event {
        case .thinking(let piece): object(text: "", thinking: piece)
        case .text(let piece): object(text: piece)
        case .prompt, .call, .arguments, .token, .finished: nil
        }
    }

    /// The last line of a stream.
    func last(_ answer: WholeAnswer) -> [JSONValue] {
        let calls = answer.calls.isEmpty ? [] : [object(text: "", calls: answer.calls)]
        return calls + [object(text: "", end: answer.end)]
    }

    func whole(_ answer: WholeAnswer) -> JSONValue {
        object(text: answer.text, thinking: answer.thinking, calls: answer.calls, end: answer.end)
    }

    /// The answer to a request that only asks for the model to be there.
    var loaded: JSONValue {
        .object((object(text: "").object ?? JSONObject()).merging(["done": true, "done_reason": "load"]))
    }

    private func object(
        text: String, thinking: String = "", calls: [ChatMessage.ToolCall] = [], end: AnswerEnd? = nil
    ) -> JSONValue {
        let thought: JSONValue? = thinking.isEmpty ? nil : .string(thinking)
        let called: JSONValue? = calls.isEmpty ? nil : .array(calls.map { call($0) })
        let content: [(key: String, value: JSONValue)] =
            form == .chat
            ? [
                (
                    "message",
                    .present([
                        "role": "assistant", "content": .string(text), "thinking": thought, "tool_calls": called,
                    ])
                )
            ] : [("response", .string(text))] + (thought.map { [("thinking", $0)] } ?? [])
        return .object(JSONObject(head + content + [(key: "done", value: .boolean(end != nil))] + figures(end)))
    }

    private var head: [(key: String, value: JSONValue)] {
        [
            ("model", .string(model)),
            ("created_at", .string(Date.now.ISO8601Format(.init(includingFractionalSeconds: true)))),
        ]
    }

    private func call(_ call: ChatMessage.ToolCall) -> JSONValue {
        let arguments = (try? JSONParser.parse(call.arguments, source: "arguments")) ?? [:]
        return ["function": ["name": .string(call.name), "arguments": arguments]]
    }

    private func figures(_ end: AnswerEnd?) -> [(key: String, value: JSONValue)] {
        guard let end else { return [] }
        func nanoseconds(_ seconds: Double) -> JSONValue { .integer(Int(seconds * 1e9)) }
        return [
            ("done_reason", .string(end.reason == .length ? "length" : "stop")),
            ("total_duration", nanoseconds((ContinuousClock.now - begun) / .seconds(1))), ("load_duration", 0),
            ("prompt_eval_count", .integer(end.promptTokens)),
            ("prompt_eval_duration", nanoseconds(end.promptSeconds)), ("eval_count", .integer(end.answerTokens)),
            ("eval_duration", nanoseconds(end.answerSeconds)),
        ]
    }
}
