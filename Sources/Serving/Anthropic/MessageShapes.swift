import Files

/// What the requests and answers of Anthropic's interface look like.
enum MessageShapes {
    static let request: Shape = .named(
        "MessageRequest",
        .object(
            [
                .required("max_tokens", .integer(1...Int(Int32.max)), "The most tokens, thinking included."),
                .optional("stream", .boolean, "Send the answer as it is made."),
                .optional(
                    "stop_sequences",
                    .array(.string(length: 1...ServerLimits.stopLength), count: 0...ServerLimits.stops)),
                .optional("temperature", .number(0...2)),
                .optional("top_p", .number(0.000_001...1)),
                .optional("top_k", .integer(0...1_000_000)),
            ] + conversation))

    static let count: Shape = .named("MessageCountRequest", .object(conversation))

    private static let conversation: [Field] = [
        .optional("model", .model, "The model's name; the first that is served if left out."),
        .required("messages", .array(message, count: 1...ServerLimits.messages), "The conversation so far."),
        .optional("system", .either([.text, .array(textBlock)]), "What the model is told before everything else."),
        .optional("tools", .array(tool, count: 0...ServerLimits.tools), "What the model may call."),
        .optional(
            "tool_choice",
            .object([
                .required("type", .string(among: ["auto", "any", "tool", "none"])), .optional("name", .text),
            ])),
        .optional(
            "thinking",
            .object([
                .required("type", .string(among: ["enabled", "disabled", "adaptive"])),
                .optional("budget_tokens", .integer(1...Int(Int32.max))),
            ]), "Whether the model is to think first, and the most tokens of it."),
    ]

    private static let textBlock: Shape = .object([
        .required("type", .string(among: ["text"])), .required("text", .text),
    ])

    private static let block: Shape = .object([
        .required("type", .string(among: ["text", "tool_use", "tool_result", "thinking", "redacted_thinking"])),
        .optional("text", .text), .optional("thinking", .text), .optional("id", .text), .optional("name", .text),
        .optional("input", .anyObject), .optional("tool_use_id", .text),
        .optional("content", .either([.text, .array(textBlock)])),
    ])

    private static let message: Shape = .named(
        "Message",
        .object([
            .required("role", .string(among: ["user", "assistant"])),
            .required("content", .either([.text, .array(block)])),
        ]))

    private static let tool: Shape = .object([
        .required("name", .string(length: 1...128)), .optional("description", .text),
        .required("input_schema", .anyObject),
    ])

    static let answer: Shape = .named(
        "MessageAnswer",
        .object([
            .required("id", .text), .required("type", .string(among: ["message"])),
            .required("role", .string(among: ["assistant"])), .required("model", .text),
            .required("content", .array(.object([.required("type", .text)]))),
            .required(
                "stop_reason",
                .nullable(.string(among: ["end_turn", "max_tokens", "stop_sequence", "tool_use"]))),
            .required("stop_sequence", .nullable(.text)),
            .required(
                "usage", .object([.required("input_tokens", .count), .required("output_tokens", .count)])),
        ]))

    static let counted: Shape = .named("MessageCount", .object([.required("input_tokens", .count)]))
}
