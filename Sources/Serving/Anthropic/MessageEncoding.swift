import Files
import Generation
import Tokenizers

/// Writes an answer as `/v1/messages` has it, whole.
struct MessageEncoding: Sendable {
    let head: AnswerHead
    let promptTokens: Int

    func whole(_ answer: WholeAnswer) -> JSONValue {
        message(content(answer), answer.end.anthropicReason, answer.end.stop, answer.end.answerTokens)
    }

    private func content(_ answer: WholeAnswer) -> [JSONValue] {
        var blocks: [JSONValue] = []
        if !answer.thinking.isEmpty {
            blocks.append(["type": "thinking", "thinking": .string(answer.thinking), "signature": ""])
        }
        if !answer.text.isEmpty || answer.calls.isEmpty {
            blocks.append(["type": "text", "text": .string(answer.text)])
        }
        for (index, call) in answer.calls.enumerated() {
            // A call that was cut off has arguments that are no JSON.
            let input = try? JSONParser.parse(call.arguments, source: "arguments")
            blocks.append(use(index, call.name, input.flatMap { $0.object == nil ? nil : $0 } ?? [:]))
        }
        return blocks
    }

    func use(_ index: Int, _ name: String, _ input: JSONValue) -> JSONValue {
        [
            "type": "tool_use", "id": .string("toolu_\(head.id.suffix(12))_\(index)"), "name": .string(name),
            "input": input,
        ]
    }

    func message(_ content: [JSONValue], _ reason: String?, _ stop: String?, _ tokens: Int) -> JSONValue {
        [
            "id": .string(head.id), "type": "message", "role": "assistant", "model": .string(head.model),
            "content": .array(content), "stop_reason": .optional(reason), "stop_sequence": .optional(stop),
            "usage": [
                "input_tokens": .integer(promptTokens), "output_tokens": .integer(tokens),
                "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            ],
        ]
    }
}

extension AnswerEnd {
    /// What Anthropic's interface calls it.
    var anthropicReason: String {
        switch reason {
        case .stop: stop == nil ? "end_turn" : "stop_sequence"
        case .length, .cancelled: "max_tokens"
        case .calls: "tool_use"
        }
    }
}

/// Writes an answer as the events of `/v1/messages`: blocks that begin, grow and end, one after another.
struct MessageStream {
    private enum Block: Equatable { case thinking, text, call }

    private let encoding: MessageEncoding
    private var open: Block?
    private var index = -1

    init(_ encoding: MessageEncoding) { self.encoding = encoding }

    typealias Event = (name: String, value: JSONValue)

    var beginning: Event { event("message_start", ["message": encoding.message([], nil, nil, 0)]) }

    /// The events that `event` becomes.
    mutating func events(_ event: AnswerEvent) -> [Event] {
        switch event {
        case .thinking(let piece):
            enter(.thinking, ["type": "thinking", "thinking": "", "signature": ""])
                + [delta(["type": "thinking_delta", "thinking": .string(piece)])]
        case .text(let piece):
            enter(.text, ["type": "text", "text": ""]) + [delta(["type": "text_delta", "text": .string(piece)])]
        case .call(let number, let name): leave() + enter(.call, encoding.use(number, name, [:]))
        case .arguments(_, let piece): [delta(["type": "input_json_delta", "partial_json": .string(piece)])]
        case .prompt, .token: []
        case .finished(let end): finish(end)
        }
    }

    private mutating func finish(_ end: AnswerEnd) -> [Event] {
        // Clients expect at least one block.
        let empty = index < 0 ? enter(.text, ["type": "text", "text": ""]) : []
        let last = event(
            "message_delta",
            [
                "delta": [
                    "stop_reason": .string(end.anthropicReason), "stop_sequence": .optional(end.stop),
                ],
                "usage": [
                    "input_tokens": .integer(end.promptTokens), "output_tokens": .integer(end.answerTokens),
                    "cache_creation_input_tokens": 0, "cache_read_input_tokens": .integer(end.cachedTokens),
                ],
            ])
        return empty + leave() + [last, event("message_stop", [:])]
    }

    private mutating func enter(_ block: Block, _ content: JSONValue) -> [Event] {
        if open == block { return [] }
        let ended = leave()
        open = block
        index += 1
        return ended + [event("content_block_start", ["index": .integer(index), "content_block": content])]
    }

    private mutating func leave() -> [Event] {
        guard let block = open else { return [] }
        open = nil
        let signed = block == .thinking ? [delta(["type": "signature_delta", "signature": ""])] : []
        return signed + [event("content_block_stop", ["index": .integer(index)])]
    }

    private func delta(_ delta: JSONValue) -> Event {
        event("content_block_delta", ["index": .integer(index), "delta": delta])
    }

    private func event(_ name: String, _ members: KeyValuePairs<String, JSONValue>) -> Event {
        (name, .object(JSONObject([(key: "type", value: .string(name))]).merging(members)))
    }
}
