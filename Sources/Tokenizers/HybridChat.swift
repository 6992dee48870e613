/// V3.1's template: one model that answers at once or thinks first.
struct HybridChat {
    let thinking: Bool
    private var isFirstCall = true
    private var isAfterResult = false
    private var isAfterUser = false
    private var built = PromptBuilder()

    init(thinking: Bool) { self.thinking = thinking }

    func render(_ messages: [ChatMessage], _ addsPrompt: Bool) -> [TextSegment] {
        var chat = self
        chat.built.template(ChatTemplate.beginOfSequence)
        chat.built.joinedSystem(messages)
        for message in messages { chat.add(message) }
        if addsPrompt, chat.isAfterUser, !chat.isAfterResult {
            chat.built.template("<｜Assistant｜>" + (thinking ? "<think>" : "</think>"))
        }
        return chat.built.segments
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
        (isAfterUser, isAfterResult, isFirstCall) = (true, false, true)
        built.template("<｜User｜>")
        built.content(message.content)
    }

    private mutating func add(_ calls: [ChatMessage.ToolCall], of message: ChatMessage) {
        if isAfterUser { built.template("<｜Assistant｜></think>") }
        (isAfterUser, isAfterResult, isFirstCall) = (false, false, true)
        for call in calls {
            if isFirstCall {
                built.content(message.content)
                built.template("<｜tool▁calls▁begin｜>")
                isFirstCall = false
            }
            built.template("<｜tool▁call▁begin｜>")
            built.content(call.name)
            built.template("<｜tool▁sep｜>")
            built.content(call.arguments)
            built.template("<｜tool▁call▁end｜>")
        }
        built.template("<｜tool▁calls▁end｜><｜end▁of▁sentence｜>")
    }

    private mutating func addAnswer(_ message: ChatMessage) {
        if isAfterUser { built.template("<｜Assistant｜>" + (message.isPrefix && thinking ? "<think>" : "</think>")) }
        built.content(isAfterResult ? message.content : text(message.content, after: "</think>", isLast: false))
        built.template(ChatTemplate.endOfSequence)
        (isAfterUser, isAfterResult) = (false, false)
    }
}
