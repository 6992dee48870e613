import Files
import HummingbirdTesting
import Testing

@testable import Serving

@Suite struct ResponsesTests {
    @Test func streamsWhatItSaysWhole() async throws {
        try await ServedFixture.server().application().test(.router) { client in
            let body: JSONValue = ["input": .string(ServedFixture.question), "temperature": 0]
            let whole = try await client.ask("/v1/responses", body).json()
            let events = try await client.ask(
                "/v1/responses", .object((body.object ?? JSONObject()).merging(["stream": true]))
            ).events()
            let text = whole["output"]?.array?.last?["content"]?[0]?["text"]?.string
            #expect(text?.hasSuffix("933") == true)
            #expect(events.first?["type"]?.string == "response.created")
            #expect(events.last?["type"]?.string == "response.completed")
            #expect(events.compactMap { $0["sequence_number"]?.integer } == Array(events.indices))
            let deltas = events.filter { $0["type"]?.string == "response.output_text.delta" }
            #expect(deltas.compactMap { $0["delta"]?.string }.joined() == text)
            let added = events.filter { $0["type"]?.string == "response.output_item.added" }
            let done = events.filter { $0["type"]?.string == "response.output_item.done" }
            #expect(added.compactMap { $0["item"]?["id"] } == done.compactMap { $0["item"]?["id"] })
            #expect(done.compactMap { $0["item"] } == events.last?["response"]?["output"]?.array)
        }
    }

    /// Each event of an answer with all kinds of items names the item that it belongs to.
    @Test func namesItems() {
        var stream = ResponseStream(ResponseEncoding(head: AnswerHead("resp_", model: "m")))
        var events = stream.beginning()
        let parts: [AnswerEvent] = [
            .thinking("a"), .thinking("b"), .text("c"), .call(0, name: "f"), .arguments(0, "{}"), .call(1, name: "f"),
            .arguments(1, "[]"), .finished(AnswerEnd()),
        ]
        for part in parts { events += stream.events(part) }
        let items = events.last?["response"]?["output"]?.array ?? []
        #expect(items.compactMap { $0["type"]?.string } == ["reasoning", "message", "function_call", "function_call"])
        for event in events {
            guard let identifier = event["item_id"]?.string, let index = event["output_index"]?.integer else {
                continue
            }
            #expect(items[index]["id"]?.string == identifier)
        }
    }
}
