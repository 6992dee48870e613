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
        case .conversation(let messages): return try conversation(messages, origin)
        }
    }

    private var begin: [Int32] { tokenizer.addsBeginOfSequence ? [tokenizer.beginOfSequence].compactMap(\.self) : [] }
    private var end: [Int32] { [tokenizer.endOfSequence].compactMap(\.self) }

    private func conversation(_ messages: [ChatMessage], _ origin: String) throws -> TokenDocument {
        guard let template else {
            throw InputError(
                .missing, source: origin, field: "messages", found: "found a conversation",
                expected: "a tokenizer with a known chat template",
                advice: "use a tokenizer of isobath train-tokenizer, or records of “prompt” and “completion”")
        }
        let messages = messages.map(normalized)
        let (segments, answers) = try written(messages, template)
        let tokens = tokenizer.encode(segments)
        return TokenDocument(
            tokens: tokens, learned: try mask(tokens, answers, byteCount: Self.bytes(segments).count, origin),
            textByteCount: messages.reduce(0) {
                $0 + ($1.content?.utf8.count ?? 0) + ($1.reasoningContent?.utf8.count ?? 0)
            })
    }

    /// The conversation as its template writes it, and where what is learned stands in it, in bytes.
    private func written(
        _ messages: [ChatMessage], _ template: ChatTemplate
    ) throws -> (segments: [TextSegment], learned: [Range<Int>]) {
        guard let last = messages.last, last.role == .assistant, let thought = last.reasoningContent else {
            let segments = try template.render(messages, addingGenerationPrompt: false)
            return (segments, try answers(of: messages, template))
        }
        // Answers before are given as a model sees them, without their thoughts: learning them would teach not to think.
        let prompt = try template.render(messages.dropLast(), addingGenerationPrompt: true, thinking: true)
        let segments = prompt + template.thoughtfulAnswer(thought, last.content ?? "")
        return (segments, [Self.bytes(prompt).count..<Self.bytes(segments).count])
    }

    /// Where the assistant's answers stand in the written conversation, in bytes: from where a prompt that asks for the answer
    /// ends to where the conversation up to it ends.
    private func answers(of messages: [ChatMessage], _ template: ChatTemplate) throws -> [Range<Int>] {
        try messages.indices.filter { messages[$0].role == .assistant }.map { index in
            let prompt = Self.bytes(try template.render(Array(messages[..<index]), addingGenerationPrompt: true))
            let whole = Self.bytes(try template.render(Array(messages[...index]), addingGenerationPrompt: false))
            // Not all of the prompt where a template opens a thought that it leaves out of conversations.
            let shared = zip(prompt, whole).prefix { $0 == $1 }.count
            return shared..<whole.count
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

    /// The message as the tokenizer will see it.
    private func normalized(_ message: ChatMessage) -> ChatMessage {
        guard tokenizer.normalizesText else { return message }
        var message = message
        message.content = message.content?.precomposedStringWithCanonicalMapping
        message.reasoningContent = message.reasoningContent?.precomposedStringWithCanonicalMapping
        return message
    }

    private static func bytes(_ segments: [TextSegment]) -> [UInt8] { segments.flatMap { Array($0.text.utf8) } }
}
