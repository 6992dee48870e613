import Files
import Generation
import Tokenizers

/// Writes answers as `/v1/responses` has them: a list of items, each of which also streams by itself.
struct ResponseEncoding: Sendable {
    let head: AnswerHead

    /// The items of an answer: what was thought, what was said, what was called.
    func items(_ answer: WholeAnswer) -> [JSONValue] {
        var items: [JSONValue] = []
        if !answer.thinking.isEmpty { items.append(thought(items.count, answer.thinking)) }
        if !answer.text.isEmpty || answer.calls.isEmpty { items.append(message(items.count, answer.text)) }
        for call in answer.calls { items.append(self.call(items.count, call.name, call.arguments)) }
        return items
    }

    func response(_ items: [JSONValue], _ end: AnswerEnd?) -> JSONValue {
        let isCut = end.map { $0.reason == .length || $0.reason == .cancelled } ?? false
        return [
            "id": .string(head.id), "object": "response", "created_at": .integer(head.created),
            "model": .string(head.model),
            "status": .string(end == nil ? "in_progress" : isCut ? "incomplete" : "completed"),
            "error": .null, "incomplete_details": isCut ? ["reason": "max_output_tokens"] : .null,
            "instructions": .null, "metadata": [:], "output": .array(items), "parallel_tool_calls": true,
            "tool_choice": "auto", "tools": [], "temperature": .null, "top_p": .null,
            "usage": end.map { usage($0) } ?? .null,
        ]
    }

    private func usage(_ end: AnswerEnd) -> JSONValue {
        [
            "input_tokens": .integer(end.promptTokens),
            "input_tokens_details": ["cached_tokens": .integer(end.cachedTokens)],
            "output_tokens": .integer(end.answerTokens),
            "output_tokens_details": ["reasoning_tokens": .integer(end.thinkingTokens)],
            "total_tokens": .integer(end.promptTokens + end.answerTokens),
        ]
    }

    // MARK: Items

    func identifier(_ prefix: String, _ index: Int) -> String { "\(prefix)_\(head.id.suffix(24))_\(index)" }

    func thought(_ index: Int, _ text: String) -> JSONValue {
        [
            "type": "reasoning", "id": .string(identifier("rs", index)), "summary": [],
            "content": text.isEmpty ? [] : [["type": "reasoning_text", "text": .string(text)]],
        ]
    }

    func message(_ index: Int, _ text: String?) -> JSONValue {
        [
            "type": "message", "id": .string(identifier("msg", index)), "role": "assistant",
            "status": .string(text == nil ? "in_progress" : "completed"),
            "content": text.map { [part($0)] } ?? [],
        ]
    }

    func part(_ text: String) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }

    func call(_ index: Int, _ name: String, _ arguments: String?) -> JSONValue {
        [
            "type": "function_call", "id": .string(identifier("fc", index)),
            "call_id": .string(identifier("call", index)), "name": .string(name),
            "arguments": .string(arguments ?? ""), "status": .string(arguments == nil ? "in_progress" : "completed"),
        ]
    }
}
