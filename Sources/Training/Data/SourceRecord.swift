import Files
import Tokenizers

/// What a document says.
package enum SourceRecord: Sendable, Equatable {
    case text([UInt8])
    /// Messages of which the assistant's are learned; where the last one has a thought, it alone, with the thought.
    case conversation([ChatMessage])
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
            self = .conversation(try messages.enumerated().map { try ChatMessage($1, $0, document.origin) })
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
        case .conversation(let messages):
            messages.flatMap { [$0.reasoningContent, $0.content].compactMap(\.self).map { Array($0.utf8) } }
        case .completion(let prompt, let completion): [Array(prompt.utf8), Array(completion.utf8)]
        }
    }
}

extension ChatMessage {
    /// A message of a record: `{"role": "user", "content": "…"}`; an assistant's may have a `reasoning_content`.
    fileprivate init(_ value: JSONValue, _ index: Int, _ origin: String) throws {
        guard let name = value["role"]?.string, let role = Role(rawValue: name), let content = value["content"]?.string
        else {
            throw InputError(
                .invalidValue, source: origin, field: "messages[\(index)]", found: "found no role or no content",
                expected: "a role of \(Role.allCases.map(\.rawValue).joined(separator: ", ")), and a text",
                advice: "correct the record")
        }
        let thought = value["reasoning_content"]
        guard thought == nil || thought?.isNull == true || role == .assistant && thought?.string != nil else {
            throw InputError(
                .invalidValue, source: origin, field: "messages[\(index)].reasoning_content",
                found: "found \(thought?.kindName ?? "nothing") in a message of the \(role.rawValue)",
                expected: "a text in a message of the assistant", advice: "correct the record")
        }
        self.init(role: role, content: content, reasoningContent: thought?.string)
    }
}
