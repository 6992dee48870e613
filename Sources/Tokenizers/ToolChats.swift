extension PromptBuilder {
    /// A call as V3 and R1 write it, after what parts it from the words before.
    fileprivate mutating func call(_ call: ChatMessage.ToolCall, after separator: String) {
        template(separator + "<｜tool▁call▁begin｜>")
        content(call.type)
        template("<｜tool▁sep｜>")
        content(call.name)
        template("\n```json\n")
        content(call.arguments)
        template("\n```<｜tool▁call▁end｜>")
    }

    fileprivate mutating func user(_ message: ChatMessage) {
        template("<｜User｜>")
        content(message.content)
    }

    /// An answer that follows results of tools.
    fileprivate mutating func answerAfterResults(_ message: ChatMessage) {
        template("<｜tool▁outputs▁end｜>")
        answer { $0.ended(message.content) }
    }

    fileprivate mutating func answer(_ content: String?) {
        template("<｜Assistant｜>")
        answer { $0.ended(content) }
    }

    fileprivate mutating func result(_ message: ChatMessage, isFirst: Bool, separator: String) {
        template(isFirst ? "<｜tool▁outputs▁begin｜>" : separator)
        template("<｜tool▁output▁begin｜>")
        content(message.content)
        template("<｜tool▁output▁end｜>")
    }
}

/// The template of V3 and of the distilled R1 models: the last system message counts, and only the second and later calls
/// of a message are followed by the tokens that end them, as released.
struct FirstToolChat {
    let stripsThoughts: Bool
    let prompt: String

    func render(_ messages: [ChatMessage], _ addsPrompt: Bool) -> PromptBuilder {
        var (isFirstCall, isFirstResult, isAfterResult) = (true, true, false)
        var built = PromptBuilder()
        built.template(ChatTemplate.beginOfSequence)
        built.content(messages.last { $0.role == .system }?.content)
        for message in messages {
            switch message.role {
            case .system: continue
            case .user:
                isAfterResult = false
                built.user(message)
            case .assistant where message.content == nil:
                isAfterResult = false
                addCalls(message, &isFirstCall, to: &built)
            case .assistant where isAfterResult:
                isAfterResult = false
                built.answerAfterResults(message)
            case .assistant:
                built.answer(
                    stripsThoughts ? text(message.content, after: "</think>", isLast: true) : message.content)
            case .tool:
                isAfterResult = true
                built.result(message, isFirst: isFirstResult, separator: "\n")
                isFirstResult = false
            }
        }
        if isAfterResult { built.template("<｜tool▁outputs▁end｜>") }
        if addsPrompt, !isAfterResult { built.template(prompt) }
        return built
    }

    private func addCalls(_ message: ChatMessage, _ isFirstCall: inout Bool, to built: inout PromptBuilder) {
        for call in message.toolCalls ?? [] {
            if isFirstCall {
                built.template("<｜Assistant｜>")
                built.answer { $0.call(call, after: "<｜tool▁calls▁begin｜>") }
                isFirstCall = false
            } else {
                built.answer { built in
                    built.call(call, after: "\n")
                    built.template("<｜tool▁calls▁end｜><｜end▁of▁sentence｜>")
                }
            }
        }
    }
}

/// R1's template: system messages are joined, and tool calls may follow text.
struct SecondToolChat {
    let prompt: String

    func render(_ messages: [ChatMessage], _ addsPrompt: Bool) -> PromptBuilder {
        var (isFirstCall, isFirstResult, isAfterResult) = (true, true, false)
        var built = PromptBuilder()
        built.template(ChatTemplate.beginOfSequence)
        built.joinedSystem(messages)
        for message in messages {
            switch message.role {
            case .system: continue
            case .user:
                isAfterResult = false
                built.user(message)
            case .assistant where message.toolCalls != nil:
                isAfterResult = false
                addCalls(message, &isFirstCall, to: &built)
            case .assistant where isAfterResult:
                isAfterResult = false
                built.answerAfterResults(message)
            case .assistant: built.answer(text(message.content, after: "</think>", isLast: true))
            case .tool:
                isAfterResult = true
                built.result(message, isFirst: isFirstResult, separator: "")
                isFirstResult = false
            }
        }
        if isAfterResult { built.template("<｜tool▁outputs▁end｜>") }
        if addsPrompt, !isAfterResult { built.template(prompt) }
        return built
    }

    private func addCalls(_ message: ChatMessage, _ isFirstCall: inout Bool, to built: inout PromptBuilder) {
        let calls = message.toolCalls ?? []
        let opens = isFirstCall && !calls.isEmpty
        if opens { built.template("<｜Assistant｜>") }
        built.answer { built in
            if opens { built.content(message.content) }
            for (index, call) in calls.enumerated() {
                built.call(call, after: opens && index == 0 ? "<｜tool▁calls▁begin｜>" : "\n")
            }
            built.template("<｜tool▁calls▁end｜><｜end▁of▁sentence｜>")
        }
        if opens { isFirstCall = false }
    }
}

extension PromptBuilder {
    /// All system messages, joined by an empty line.
    mutating func joinedSystem(_ messages: [ChatMessage]) {
        for (index, message) in messages.lazy.filter({ $0.role == .system }).enumerated() {
            if index > 0 { template("\n\n") }
            content(message.content)
        }
    }
}
