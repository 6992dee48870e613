/// DeepSeek LLM's template.
enum PlainChat {
    static func render(_ messages: [ChatMessage], _ addsPrompt: Bool) -> PromptBuilder {
        var prompt = PromptBuilder()
        prompt.template(ChatTemplate.beginOfSequence)
        for message in messages {
            switch message.role {
            case .user:
                prompt.template("User: ")
                prompt.content(message.content)
                prompt.template("\n\n")
            case .assistant:
                prompt.template("Assistant:")
                prompt.answer { prompt in
                    prompt.template(" ")
                    prompt.ended(message.content)
                }
            case .system:
                prompt.content(message.content)
                prompt.template("\n\n")
            case .tool: continue
            }
        }
        if addsPrompt { prompt.template("Assistant:") }
        return prompt
    }
}

/// DeepSeek Coder's template.
enum CoderChat {
    private static let system =
        "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek Company, and you "
        + "only answer questions related to computer science. For politically sensitive questions, security and privacy "
        + "issues, and other non-computer science questions, you will refuse to answer\n"

    static func render(_ messages: [ChatMessage], _ addsPrompt: Bool) -> PromptBuilder {
        var prompt = PromptBuilder()
        prompt.template(ChatTemplate.beginOfSequence)
        if !messages.contains(where: { $0.role == .system }) { prompt.template(system) }
        for message in messages {
            switch message.role {
            case .system: prompt.content(message.content)
            case .user:
                prompt.template("### Instruction:\n")
                prompt.content(message.content)
                prompt.template("\n")
            case .assistant, .tool:
                prompt.template("### Response:\n")
                prompt.answer { prompt in
                    prompt.content(message.content)
                    prompt.template("\n<|EOT|>")
                }
                prompt.template("\n")
            }
        }
        if addsPrompt { prompt.template("### Response:\n") }
        return prompt
    }
}
