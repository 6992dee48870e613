import Testing

@testable import Generation

@Suite struct ToolCallSplitterTests {
    static let first =
        "Let me see.\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
        + "{\"city\": \"``` \\n\"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>time\n```json\n{}\n```"
        + "<｜tool▁call▁end｜><｜tool▁calls▁end｜> trailing"
    static let hybrid =
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": 1}<｜tool▁call▁end｜>"
        + "<｜tool▁call▁begin｜>time<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
    static let texts: [(String, [ToolReplyPart])] = [
        (
            first,
            [
                .text("Let me see.\n"), .call(name: "weather"), .arguments("{\"city\": \"``` \\n\"}"),
                .call(name: "time"),
                .arguments("{}"),
            ]
        ),
        (hybrid, [.call(name: "weather"), .arguments("{\"city\": 1}"), .call(name: "time"), .arguments("{}")]),
        ("no <｜tool▁call at all <｜User｜>", [.text("no <｜tool▁call at all <｜User｜>")]),
        (
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>cut\n```json\n{\"a\": [1",
            [.call(name: "cut"), .arguments("{\"a\": [1")]
        ),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>n\n{}<｜tool▁call▁end｜>",
            [.call(name: "n"), .arguments("{}")]
        ),
        (
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>n\n {\"a\": \"```json\n\"}\n```<｜tool▁call▁end｜>",
            [.call(name: "n"), .arguments("{\"a\": \"```json\n\"}")]
        ),
        ("<｜tool▁calls▁begin｜><｜tool▁calls▁end｜>", []), ("", []),
    ]

    /// Neighbouring parts of one kind as one.
    static func joined(_ pieces: [String]) -> [ToolReplyPart] {
        var splitter = ToolCallSplitter()
        var result: [ToolReplyPart] = []
        for part in pieces.flatMap({ splitter.consume($0) }) + splitter.finish() {
            switch (result.last, part) {
            case (.text(let old), .text(let new)): result[result.count - 1] = .text(old + new)
            case (.arguments(let old), .arguments(let new)): result[result.count - 1] = .arguments(old + new)
            default: result.append(part)
            }
        }
        return result
    }

    /// Whatever way the characters come, the parts are the same.
    @Test(arguments: texts) func findsCalls(_ text: String, _ parts: [ToolReplyPart]) {
        #expect(Self.joined([text]) == parts)
        let scalars = Array(text.unicodeScalars)
        func piece(_ range: Range<Int>) -> String {
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[range])
            return String(view)
        }
        #expect(Self.joined(scalars.indices.map { piece($0..<$0 + 1) }) == parts)
        for cut in scalars.indices { #expect(Self.joined([piece(0..<cut), piece(cut..<scalars.count)]) == parts) }
    }
}
