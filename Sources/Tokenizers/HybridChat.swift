/// V3.1's template: one model that answers at once or thinks first.
struct HybridChat {
    let thinking: Bool
    private var isAfterResult = false
    private var isAfterUser = false
    private var built = PromptBuilder()

    init(thinking: Bool) { self.thinking = thinking }

    func render(_ messages: [ChatMessage], _ addsPrompt: Bool, _ tools: [ChatTool]) -> PromptBuilder {
        var chat = self
        chat.built.template(ChatTemplate.beginOfSequence)
        chat.built.joinedSystem(messages)
        chat.built.list(tools)
        for message in messages { chat.add(message) }
        if addsPrompt, chat.isAfterUser, !chat.isAfterResult {
            chat.built.template("<｜Assistant｜>" + (thinking ? "<think>" : "</think>"))
        }
        return chat.built
    }

    private mutating func add(_ message: ChatMessage) {
        switch message.role {
        case .system: break
        case .user: addQuestion(message)
        case .assistant: if let calls = message.toolCalls { add(calls, of: message) } else { addAnswer(message) }
        case .tool:
            (isAfterUser, isAfterResult) = (false, true)
            built.template("<｜tool▁output▁begin｜>")
            built.content(message.content)
            built.template("<｜tool▁output▁end｜>")
        }
    }

    private mutating func addQuestion(_ message: ChatMessage) {
        (isAfterUser, isAfterResult) = (true, false)
        built.template("<｜User｜>")
        built.content(message.content)
    }

    private mutating func add(_ calls: [ChatMessage.ToolCall], of message: ChatMessage) {
        if isAfterUser { built.template("<｜Assistant｜></think>") }
        (isAfterUser, isAfterResult) = (false, false)
        built.answer { built in
            if !calls.isEmpty {
                built.content(message.content)
                built.template("<｜tool▁calls▁begin｜>")
            }
            for call in calls { built.call(call) }
            built.template("<｜tool▁calls▁end｜><｜end▁of▁sentence｜>")
        }
    }

    private mutating func addAnswer(_ message: ChatMessage) {
        if isAfterUser { built.template("<｜Assistant｜>" + (message.isPrefix && thinking ? "<think>" : "</think>")) }
        let said = isAfterResult ? message.content : text(message.content, after: "</think>", isLast: false)
        built.answer { $0.ended(said) }
        (isAfterUser, isAfterResult) = (false, false)
    }
}

extension PromptBuilder {
    /// A call as V3.1 writes it.
    fileprivate mutating func call(_ call: ChatMessage.ToolCall) {
        template("<｜tool▁call▁begin｜>")
        content(call.name)
        template("<｜tool▁sep｜>")
        content(call.arguments)
        template("<｜tool▁call▁end｜>")
    }
}
