import Files
import Tokenizers

/// What a document says.
package enum SourceRecord: Sendable, Equatable {
    case text([UInt8])
    /// Messages of which the assistant's are learned, and the tools that it is told of; where the last one has a thought, it alone,
    /// with the thought.
    case conversation([ChatMessage], tools: [ChatTool])
    /// A text that is given, and what is to follow it.
    case completion(prompt: String, completion: String)

    /// Whether only a part of it is learned.
    var isSupervised: Bool { if case .text = self { false } else { true } }

    /// Reads `document`. A line of JSON is an object with "messages", with "prompt" and "completion", or with a text under `field`.
    /// - Throws: `InputError` if it is none of these.
    package init(_ document: RawDocument, field: String) throws {
        guard document.isRecord else {
            self = .text(document.bytes)
            return
        }
        let value = try JSONParser.parse(document.bytes, source: document.origin)
        if let messages = value["messages"]?.array {
            let reading = ChatReading(origin: document.origin)
            self = .conversation(try reading.messages(messages), tools: try reading.tools(value["tools"]))
        } else if let prompt = value["prompt"]?.string, let completion = value["completion"]?.string {
            self = .completion(prompt: prompt, completion: completion)
        } else if let text = value[field]?.string {
            self = .text(Array(text.utf8))
        } else {
            throw InputError(
                .missing, source: document.origin, field: field, found: "found \(value.kindName) without it",
                expected: "an object with a text under “\(field)”, with “messages”, or with “prompt” and “completion”",
                advice: "name the field that holds the text")
        }
    }

    /// The texts in it, for counting words.
    package var texts: [[UInt8]] {
        switch self {
        case .text(let bytes): [bytes]
        case .conversation(let messages, let tools):
            (messages.flatMap(\.texts) + tools.flatMap { [$0.name, $0.description, $0.parameters] }).map {
                Array($0.utf8)
            }
        case .completion(let prompt, let completion): [Array(prompt.utf8), Array(completion.utf8)]
        }
    }
}

extension ChatMessage {
    /// What somebody wrote in it: thought and text, and names and arguments of its calls.
    var texts: [String] {
        [reasoningContent, content].compactMap(\.self) + (toolCalls ?? []).flatMap { [$0.name, $0.arguments] }
    }
}
