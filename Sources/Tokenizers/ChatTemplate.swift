import Files

/// How the family's chat models expect a conversation to be written.
///
/// Each case is one of the templates that the checkpoints declare in Jinja, as Swift code: a checkpoint's own template is
/// recognised, never run.
public enum ChatTemplate: String, Sendable, CaseIterable {
    /// DeepSeek LLM, MoE, V2 and Coder V2: `User: …` and `Assistant: …`.
    case plain
    /// DeepSeek Coder: `### Instruction:` and `### Response:`.
    case coder
    /// V3 of December 2024.
    case v3
    /// The distilled R1 models of January 2025.
    case r1DistillFirst = "r1-distill-first"
    /// The distilled R1 models since February 2025: the prompt opens the thought.
    case r1Distill = "r1-distill"
    /// R1 before its prompt opened the thought.
    case r1First = "r1-first"
    /// R1: the prompt opens the thought.
    case r1
    /// V3.1, which thinks when asked to.
    case v31 = "v3.1"
    /// Prover V2; taken to be written as V3 is.
    case proverV2 = "prover-v2"

    static let beginOfSequence = "<｜begin▁of▁sentence｜>"
    static let endOfSequence = "<｜end▁of▁sentence｜>"

    /// The template that people call `name`, as in `--template r1-distill`.
    /// - Throws: `InputError` that lists the names, if none is called so.
    public init(named name: String) throws {
        guard let template = ChatTemplate(rawValue: name) else {
            throw InputError(
                .invalidValue, source: "template", found: "found the name “\(name)”",
                expected: "one of " + ChatTemplate.allCases.map(\.rawValue).joined(separator: ", "),
                advice: "choose the template that the model was trained with")
        }
        self = template
    }

    /// The name that `init(named:)` takes.
    public var name: String { rawValue }

    /// The text that ends a thought, for models that think; `nil` for those that do not.
    public var thoughtEnd: String? {
        switch self {
        case .plain, .coder, .v3, .proverV2: nil
        case .r1DistillFirst, .r1Distill, .r1First, .r1, .v31: "</think>"
        }
    }

    /// Whether the generation prompt ends inside a thought, so that the model's text begins with its thinking.
    /// - Parameter thinking: what `render` is told; only V3.1 heeds it.
    public func opensThought(thinking: Bool = false) -> Bool {
        switch self {
        case .r1Distill, .r1: true
        case .v31: thinking
        default: false
        }
    }

    /// The spellings at which an answer is over. Each is one token where the vocabulary has it.
    public var stopStrings: [String] {
        self == .coder ? ["<|EOT|>", ChatTemplate.endOfSequence] : [ChatTemplate.endOfSequence]
    }

    /// Whether the template has a form for tool calls and their results.
    public var takesTools: Bool { self != .plain && self != .coder }

    /// Whether the template has a form for a list of tools.
    public var listsTools: Bool { self == .v31 }

    /// `messages` as the prompt's text, from the begin-of-sequence token on.
    ///
    /// Message texts, tool names and arguments come out as content in which no special token is parsed; only the
    /// template's own words may be special.
    /// - Parameters:
    ///   - addingGenerationPrompt: whether to open the answer that the model is to write.
    ///   - thinking: whether the model is to think first; only V3.1 leaves that open.
    ///   - tools: what the model may call.
    /// - Throws: `InputError` for a message without text, and for tools under a template that knows none.
    public func render(
        _ messages: [ChatMessage], addingGenerationPrompt: Bool, thinking: Bool = false, tools: [ChatTool] = []
    ) throws -> [TextSegment] {
        try prompt(messages, addingGenerationPrompt, thinking, tools).segments
    }

    /// A whole conversation to learn from, and where the assistant's own words stand in it, each answer with the mark that ends
    /// it: in bytes of the segments' texts.
    /// - Throws: `InputError` as `render`, and for a text beside tool calls under a template that would leave it out.
    package func conversation(
        _ messages: [ChatMessage], tools: [ChatTool] = []
    ) throws -> (segments: [TextSegment], answers: [Range<Int>]) {
        var isFirst = true
        for (index, message) in messages.enumerated() where message.toolCalls?.isEmpty == false {
            if message.content != nil, !takesText(besideFirstCalls: isFirst) { throw textBesideCalls(index) }
            isFirst = false
        }
        let prompt = try prompt(messages, false, false, tools)
        return (prompt.segments, prompt.answers)
    }

    /// Whether a text beside tool calls is written, and not left out.
    private func takesText(besideFirstCalls isFirst: Bool) -> Bool {
        switch self {
        case .v31: true
        case .r1First, .r1: isFirst
        default: false
        }
    }

    private func textBesideCalls(_ index: Int) -> InputError {
        defect(
            .unsupported, index, "found a text beside tool calls",
            "calls alone, as the template “\(name)” would leave the text out", "leave it out of the record")
    }

    private func prompt(
        _ messages: [ChatMessage], _ addsPrompt: Bool, _ thinking: Bool, _ tools: [ChatTool]
    ) throws -> PromptBuilder {
        for (index, message) in messages.enumerated() { try check(message, index) }
        if !tools.isEmpty, !listsTools { throw unlisted() }
        return switch self {
        case .plain: PlainChat.render(messages, addsPrompt)
        case .coder: CoderChat.render(messages, addsPrompt)
        case .v3, .proverV2:
            FirstToolChat(stripsThoughts: false, prompt: "<｜Assistant｜>").render(messages, addsPrompt)
        case .r1DistillFirst:
            FirstToolChat(stripsThoughts: true, prompt: "<｜Assistant｜>").render(messages, addsPrompt)
        case .r1Distill:
            FirstToolChat(stripsThoughts: true, prompt: "<｜Assistant｜><think>\n").render(messages, addsPrompt)
        case .r1First: SecondToolChat(prompt: "<｜Assistant｜>").render(messages, addsPrompt)
        case .r1: SecondToolChat(prompt: "<｜Assistant｜><think>\n").render(messages, addsPrompt)
        case .v31: HybridChat(thinking: thinking).render(messages, addsPrompt, tools)
        }
    }

    private func unlisted() -> InputError {
        InputError(
            .unsupported, source: "tools", found: "found a list of tools",
            expected: "none, as the template “\(name)” has no form for it",
            advice: "describe the tools in the system message")
    }

    private func check(_ message: ChatMessage, _ index: Int) throws {
        let callsTools = message.role == .assistant && message.toolCalls?.isEmpty == false
        if message.role == .tool || callsTools, !takesTools {
            throw defect(
                .unsupported, index, "found a tool call or result",
                "messages without tools, as the template “\(name)” has no form for them",
                "leave the tools out or use a model that knows them")
        }
        if message.content == nil, !callsTools {
            throw defect(
                .missing, index, "found no content", "a text", "give the message a content, if only an empty one")
        }
    }

    private func defect(
        _ kind: InputError.Kind, _ index: Int, _ found: String, _ expected: String, _ advice: String
    ) -> InputError {
        InputError(
            kind, source: "messages", field: "message \(index)", found: found, expected: expected, advice: advice)
    }
}

/// `text` after a mark, where it has that mark; compared by bytes, so that no combining character hides it.
func text(_ text: String?, after mark: String, isLast: Bool) -> String? {
    guard let text else { return nil }
    let places = text.utf8.ranges(of: mark.utf8)
    guard let place = isLast ? places.last : places.first else { return text }
    return String(decoding: text.utf8[place.upperBound...], as: UTF8.self)
}
