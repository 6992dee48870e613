import Files
import HummingbirdTesting
import Testing
import Tokenizers

@testable import Serving

@Suite struct MessagesTests {
    static let asked: JSONValue = [
        "max_tokens": 300, "temperature": 0,
        "messages": [["role": "user", "content": [["type": "text", "text": .string(ServedFixture.question)]]]],
    ]

    @Test func streamsWhatItSaysWhole() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let whole = try await client.ask("/v1/messages", Self.asked).json()
            #expect(whole["content"]?.array?.last?["text"]?.string?.hasSuffix("933") == true)
            #expect(whole["stop_reason"]?.string == "end_turn")
            let answer = try await client.ask(
                "/v1/messages", .object((Self.asked.object ?? JSONObject()).merging(["stream": true])))
            let events = try answer.events()
            #expect(events.first?["type"]?.string == "message_start")
            #expect(events.last?["type"]?.string == "message_stop")
            for event in events { #expect(answer.text.contains("event: \(event["type"]?.string ?? "")\n")) }
            let text = events.compactMap { $0["delta"]?["text"]?.string }.joined()
            #expect(text == whole["content"]?.array?.last?["text"]?.string)
            let usage = events.first { $0["type"]?.string == "message_delta" }?["usage"]
            #expect(usage?["output_tokens"] == whole["usage"]?["output_tokens"])
            let counted = try await client.ask("/v1/messages/count_tokens", Self.asked).json()
            #expect(counted["input_tokens"] == whole["usage"]?["input_tokens"])
        }
    }

    @Test func namesStopSequences() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body = JSONValue.object(
                (Self.asked.object ?? JSONObject()).merging(["stop_sequences": ["xyz", "933"]]))
            let answer = try await client.ask("/v1/messages", body).json()
            #expect(answer["stop_reason"]?.string == "stop_sequence")
            #expect(answer["stop_sequence"]?.string == "933")
        }
    }

    /// Blocks of calls and results become messages of their own.
    @Test func readsBlocks() throws {
        let text = """
            {"max_tokens": 1, "system": [{"type": "text", "text": "S"}], "messages": [
              {"role": "user", "content": "Q"},
              {"role": "assistant", "content": [{"type": "thinking", "thinking": "T"}, {"type": "text", "text": "A"},
                {"type": "tool_use", "id": "1", "name": "f", "input": {"x": 1}}]},
              {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "R"},
                {"type": "text", "text": "and"}]}]}
            """
        let body = try MessageShapes.request.members(of: Array(text.utf8))
        let question = try ChatQuestion(messages: body)
        #expect(
            question.messages == [
                ChatMessage(role: .system, content: "S"), ChatMessage(role: .user, content: "Q"),
                ChatMessage(role: .assistant, content: "A", toolCalls: [.init(name: "f", arguments: #"{"x": 1}"#)]),
                ChatMessage(role: .tool, content: "R"), ChatMessage(role: .user, content: "and"),
            ])
    }

    /// Blocks begin, grow and end one after another, each under its own number.
    @Test func numbersBlocks() {
        var stream = MessageStream(MessageEncoding(head: AnswerHead("msg_", model: "m"), promptTokens: 1))
        let parts: [AnswerEvent] = [
            .thinking("a"), .text("b"), .text("c"), .call(0, name: "f"), .arguments(0, "{}"), .call(1, name: "f"),
            .finished(AnswerEnd(reason: .calls)),
        ]
        let events = parts.flatMap { stream.events($0) }
        let kinds = events.map { event in
            event.name.replacing("content_block_", with: "") + (event.value["index"]?.integer.map(String.init) ?? "")
        }
        #expect(
            kinds == [
                "start0", "delta0", "delta0", "stop0", "start1", "delta1", "delta1", "stop1", "start2", "delta2",
                "stop2",
                "start3", "stop3", "message_delta", "message_stop",
            ])
        #expect(events[events.count - 2].value["delta"]?["stop_reason"]?.string == "tool_use")
    }
}
