import Files
import Foundation
import Tokenizers

/// Turns records into token ids, with the marks around them and a mask where only a part is learned.
struct DocumentEncoder: Sendable {
    private let tokenizer: Tokenizer
    /// The template that conversations are written in; `nil` where none is known.
    private let template: ChatTemplate?

    init(_ tokenizer: OpenTokenizer) {
        self.tokenizer = tokenizer.tokenizer
        template = tokenizer.chatTemplate.flatMap { ChatTemplate(recognizing: $0) }
    }

    /// The document of a record: a text between the marks that begin and end a sequence; a completion, learned with the mark at its
    /// end, after its prompt; a conversation as its template writes it, in which answers are learned with their end.
    /// - Throws: `InputError` for a conversation without template, or one that it cannot express.
    func callAsFunction(_ record: SourceRecord, origin: String) throws -> TokenDocument {
        switch record {
        case .text(let bytes):
            return TokenDocument(tokens: begin + tokenizer.encode(bytes: bytes) + end, textByteCount: bytes.count)
        case .completion(let prompt, let completion):
            // Apart, as a prompt is tokenized before anybody knows what follows it.
            let (given, learned) = (begin + tokenizer.encode(prompt), tokenizer.encode(completion) + end)
            return TokenDocument(
                tokens: given + learned, learned: given.map { _ in false } + learned.map { _ in true },
                textByteCount: prompt.utf8.count + completion.utf8.count)
        case .conversation(let messages, let tools): return try conversation(messages, tools, origin)
        }
    }

    private var begin: [Int32] { tokenizer.addsBeginOfSequence ? [tokenizer.beginOfSequence].compactMap(\.self) : [] }
    private var end: [Int32] { [tokenizer.endOfSequence].compactMap(\.self) }

    private func conversation(
        _ messages: [ChatMessage], _ tools: [ChatTool], _ origin: String
    ) throws -> TokenDocument {
        guard let template else {
            throw InputError(
                .missing, source: origin, field: "messages", found: "found a conversation",
                expected: "a tokenizer with a known chat template",
                advice: "use a tokenizer of isobath train-tokenizer, or records of “prompt” and “completion”")
        }
        let messages = messages.map(normalized)
        let (segments, answers) = try located(origin) { try written(messages, tools.map(normalized), template) }
        let tokens = tokenizer.encode(segments)
        return TokenDocument(
            tokens: tokens, learned: try mask(tokens, answers, byteCount: Self.byteCount(segments), origin),
            textByteCount: messages.reduce(0) { $0 + $1.texts.reduce(0) { $0 + $1.utf8.count } })
    }

    private static func byteCount(_ segments: [TextSegment]) -> Int { segments.reduce(0) { $0 + $1.text.utf8.count } }

    /// The conversation as its template writes it, and where what is learned stands in it, in bytes.
    private func written(
        _ messages: [ChatMessage], _ tools: [ChatTool], _ template: ChatTemplate
    ) throws -> (segments: [TextSegment], answers: [Range<Int>]) {
        guard let last = messages.last, last.role == .assistant, let thought = last.reasoningContent else {
            return try template.conversation(messages, tools: tools)
        }
        guard let answer = last.content, last.toolCalls == nil else {
            throw InputError(
                .unsupported, source: "messages", field: "messages[\(messages.count - 1)].reasoning_content",
                found: "found a thought before tool calls", expected: "a thought before a text",
                advice: "leave the thought out of the record")
        }
        // Answers before are given as a model sees them, without their thoughts: learning them would teach not to think.
        let prompt = try template.render(
            messages.dropLast(), addingGenerationPrompt: true, thinking: true, tools: tools)
        let segments = prompt + template.thoughtfulAnswer(thought, answer)
        return (segments, [Self.byteCount(prompt)..<Self.byteCount(segments)])
    }

    /// Errors say where the record stands.
    private func located<Result>(_ origin: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as InputError {
            throw InputError(
                error.kind, source: origin, field: error.field ?? error.source, found: error.found,
                expected: error.expected, advice: error.advice)
        }
    }

    /// Whether each token begins inside of one of `answers`.
    private func mask(
        _ tokens: [Int32], _ answers: [Range<Int>], byteCount: Int, _ origin: String
    ) throws -> [Bool] {
        var place = 0
        var rest = answers[...]
        let mask = tokens.map { token in
            defer { place += tokenizer.bytes(of: token)?.count ?? 0 }
            while let next = rest.first, next.upperBound <= place { rest.removeFirst() }
            return rest.first?.contains(place) ?? false
        }
        guard place == byteCount else {
            throw InputError(
                .unsupported, source: origin, field: "messages", found: "found text that the tokenizer changes",
                expected: "tokens that spell the conversation", advice: "use another tokenizer")
        }
        return mask
    }

    // What the tokenizer will see.

    private func normalized(_ message: ChatMessage) -> ChatMessage {
        var message = message
        message.content = message.content.map(normalized)
        message.reasoningContent = message.reasoningContent.map(normalized)
        message.toolCalls = message.toolCalls?.map { call in
            .init(type: normalized(call.type), name: normalized(call.name), arguments: normalized(call.arguments))
        }
        return message
    }

    private func normalized(_ tool: ChatTool) -> ChatTool {
        ChatTool(
            name: normalized(tool.name), description: normalized(tool.description),
            parameters: normalized(tool.parameters))
    }

    private func normalized(_ text: String) -> String {
        tokenizer.normalizesText ? text.precomposedStringWithCanonicalMapping : text
    }
}
