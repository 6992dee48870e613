import Files
import Generation
import Tokenizers

/// Writes an answer as the events of `/v1/responses`: items that begin, grow and end, one after another.
struct ResponseStream {
    private enum Item: Equatable { case thought, message, call(String) }

    private let encoding: ResponseEncoding
    private var answer = WholeAnswer()
    private var open: Item?
    /// The text or the arguments of the item that is open.
    private var grown = ""
    private var index = -1
    private var number = -1

    init(_ encoding: ResponseEncoding) { self.encoding = encoding }

    mutating func beginning() -> [JSONValue] {
        ["response.created", "response.in_progress"].map { event($0, ["response": encoding.response([], nil)]) }
    }

    /// The events that `event` becomes.
    mutating func events(_ event: AnswerEvent) -> [JSONValue] {
        answer.add(event)
        switch event {
        case .thinking(let piece): return enter(.thought) + grow(piece, "response.reasoning_text.delta")
        case .text(let piece): return enter(.message) + grow(piece, "response.output_text.delta")
        case .call(_, let name): return leave() + enter(.call(name))
        case .arguments(_, let piece): return grow(piece, "response.function_call_arguments.delta")
        case .prompt, .token: return []
        case .finished(let end): return finish(end)
        }
    }

    private mutating func finish(_ end: AnswerEnd) -> [JSONValue] {
        let empty = index < 0 ? enter(.message) : []
        let last = empty + leave()
        let response = encoding.response(encoding.items(answer), end)
        let isCut = response["status"]?.string == "incomplete"
        return last + [event(isCut ? "response.incomplete" : "response.completed", ["response": response])]
    }

    private mutating func enter(_ item: Item) -> [JSONValue] {
        if open == item { return [] }
        var events = leave()
        (open, grown) = (item, "")
        index += 1
        let begun: JSONValue =
            switch item {
            case .thought: encoding.thought(index, "")
            case .message: encoding.message(index, nil)
            case .call(let name): encoding.call(index, name, nil)
            }
        events.append(event("response.output_item.added", ["output_index": .integer(index), "item": begun]))
        if item == .message { events.append(event("response.content_part.added", place(["part": encoding.part("")]))) }
        return events
    }

    private mutating func grow(_ piece: String, _ name: String) -> [JSONValue] {
        grown += piece
        return [event(name, place(["delta": .string(piece), "logprobs": []]))]
    }

    private mutating func leave() -> [JSONValue] {
        guard let item = open else { return [] }
        defer { open = nil }
        let text = JSONValue.string(grown)
        var (events, done): ([JSONValue], JSONValue) = ([], .null)
        switch item {
        case .thought:
            events.append(event("response.reasoning_text.done", place(["text": text])))
            done = encoding.thought(index, grown)
        case .message:
            events.append(event("response.output_text.done", place(["text": text, "logprobs": []])))
            events.append(event("response.content_part.done", place(["part": encoding.part(grown)])))
            done = encoding.message(index, grown)
        case .call(let name):
            events.append(
                event("response.function_call_arguments.done", place(["arguments": text, "name": .string(name)])))
            done = encoding.call(index, name, grown)
        }
        return events + [event("response.output_item.done", ["output_index": .integer(index), "item": done])]
    }

    /// `members`, and which item they belong to.
    private func place(_ members: JSONValue) -> JSONValue {
        let prefix =
            switch open {
            case .thought: "rs"
            case .call: "fc"
            default: "msg"
            }
        return .object(
            (members.object ?? JSONObject()).merging([
                "item_id": .string(encoding.identifier(prefix, index)), "output_index": .integer(index),
                "content_index": 0,
            ]))
    }

    private mutating func event(_ name: String, _ members: JSONValue) -> JSONValue {
        number += 1
        return .object(
            JSONObject([(key: "type", value: .string(name))])
                .merging(["sequence_number": .integer(number)])
                .joining(members.object))
    }
}

extension JSONObject {
    /// The members of both; no key stands in both.
    fileprivate func joining(_ other: JSONObject?) -> JSONObject {
        JSONObject(members + (other?.members.filter { self[$0.key] == nil } ?? []))
    }
}
