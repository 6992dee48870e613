import Files
import TestSupport
import Testing
import Tokenizers

@testable import Training

/// Records of conversations with tools, as tokens to learn from.
@Suite struct ToolConversationTests {
    private static let record = #"""
        {"messages": [{"role": "user", "content": "weather in Berlin?"}, {"role": "assistant", "content": null, "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Berlin\"}"}},
        {"function": {"name": "time", "arguments": {"zone": 1, "of": ["a", null]}}}]},
        {"role": "tool", "tool_call_id": "1", "content": "rain"}, {"role": "tool", "content": "noon"},
        {"role": "assistant", "content": "It rains."}]}
        """#.replacing("\n", with: " ")

    private static func tokenizer(_ jinja: String) throws -> OpenTokenizer {
        let known = try DataFixture.tokenizer.get()
        return try OpenTokenizer(known.vocabulary, chatTemplate: jinja)
    }

    /// The document of a record, and what of it is learned.
    private static func document(_ record: String, _ template: ChatTemplate) throws -> (text: String, learned: String) {
        let jinja = String(decoding: try Fixture.data("chat/templates/\(template.name).jinja"), as: UTF8.self)
        let tokenizer = try tokenizer(jinja)
        let raw = RawDocument(bytes: Array(record.utf8), isRecord: true, origin: "a.jsonl, line 1")
        let document = try DocumentEncoder(tokenizer)(SourceRecord(raw, field: "text"), origin: raw.origin)
        let pieces = document.tokens.map { tokenizer.tokenizer.bytes(of: $0) ?? [] }
        let learned = zip(pieces, try #require(document.learned)).filter(\.1).flatMap(\.0)
        return (String(decoding: pieces.flatMap(\.self), as: UTF8.self), String(decoding: learned, as: UTF8.self))
    }

    private static let calls =
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"city\": \"Berlin\"}\n```"
        + "<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>time\n```json\n{\"zone\": 1, \"of\": [\"a\", null]}\n```"
        + "<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>"

    @Test(arguments: [ChatTemplate.v3, .r1First, .r1]) func callsAndAnswersAreLearned(_ template: ChatTemplate) throws {
        let (text, learned) = try Self.document(Self.record, template)
        #expect(learned == Self.calls + "It rains.<｜end▁of▁sentence｜>")
        #expect(text.contains("<｜User｜>weather in Berlin?<｜Assistant｜>" + Self.calls) && text.contains("rain"))
    }

    @Test func toolsAreListedWhereTheTemplateHasAForm() throws {
        let tools = #""tools": [{"type": "function", "function": {"name": "time", "parameters": {"a": 1}}}]"#
        let record = Self.record.dropLast() + ", " + tools + "}"
        let (text, learned) = try Self.document(String(record), .v31)
        #expect(text.contains("\n\n### time\nDescription: \n\nParameters: {\"a\": 1}\n"))
        #expect(!learned.contains("IMPORTANT") && learned.hasSuffix("It rains.<｜end▁of▁sentence｜>"))
        let error = #expect(throws: InputError.self) { try Self.document(String(record), .v3) }
        #expect(error?.source == "a.jsonl, line 1" && error?.kind == .unsupported)
    }

    @Test func wordsOfCallsAreCounted() throws {
        let raw = RawDocument(bytes: Array(Self.record.utf8), isRecord: true, origin: "a")
        let texts = try SourceRecord(raw, field: "text").texts.map { String(decoding: $0, as: UTF8.self) }
        #expect(texts.contains("weather") && texts.contains(#"{"city": "Berlin"}"#) && texts.contains("It rains."))
    }

    static let broken: [String: String] = [
        "calls of a user":
            #"{"role": "user", "content": "x", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}"#,
        "a call without a name": #"{"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}"#,
        "a call without arguments": #"{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}"#,
        "arguments that are a number":
            #"{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 3}}]}"#,
        "calls that are no list": #"{"role": "assistant", "tool_calls": {"name": "f"}}"#,
        "neither text nor calls": #"{"role": "assistant", "content": null, "tool_calls": []}"#,
        "a text that is a number":
            #"{"role": "assistant", "content": 3, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}"#,
        "a text beside calls":
            #"{"role": "assistant", "content": "a", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}"#,
    ]

    @Test(arguments: broken.keys.sorted()) func brokenMessagesAreRefused(_ name: String) throws {
        let message = try #require(Self.broken[name])
        let error = #expect(throws: InputError.self) { try Self.document("{\"messages\": [\(message)]}", .v3) }
        #expect(error?.source == "a.jsonl, line 1")
    }

    static let brokenTools = ["3", "[3]", #"[{"type": "function"}]"#, #"[{"function": {}}]"#, "{}"]

    @Test(arguments: brokenTools) func brokenToolsAreRefused(_ tools: String) throws {
        let record = "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": \(tools)}"
        #expect(throws: InputError.self) { try Self.document(record, .v31) }
    }
}
