import Files

/// What the requests of `/v1/chat/completions` look like.
enum ChatShapes {
    static let request: Shape = .named("ChatRequest", .object(fields))

    private static let fields: [Field] =
        [
            .optional("model", .model, "The model's name; the first that is served if left out."),
            .required("messages", .array(message, count: 1...ServerLimits.messages), "The conversation so far."),
            .optional("stream", .boolean, "Send the answer as it is made."),
            .optional("stream_options", .object([.optional("include_usage", .boolean)])),
            .optional("n", .integer(1...ServerLimits.samples), "How many answers."),
            .optional("max_tokens", .integer(1...Int(Int32.max)), "The most tokens of an answer, thinking included."),
            .optional("max_completion_tokens", .integer(1...Int(Int32.max)), "The same, under its newer name."),
            .optional("stop", stop, "Texts that end the answer and are no part of it."),
            .optional("logprobs", .boolean, "Report how likely each token was."),
            .optional("top_logprobs", .integer(0...ServerLimits.alternatives), "And the likeliest ones beside it."),
            .optional("tools", .array(tool, count: 0...ServerLimits.tools), "What the model may call."),
            .optional("tool_choice", toolChoice, "Whether it may, must, or must not."),
            .optional("response_format", format, "What the answer has to look like."),
            .optional("reasoning_effort", .string(among: ["none", "minimal", "low", "medium", "high"])),
            .optional("thinking_budget", .integer(0...Int(Int32.max)), "The most tokens of thinking."),
            .optional(
                "chat_template_kwargs",
                .object([.optional("thinking", .boolean), .optional("enable_thinking", .boolean)]),
                "Whether the model is to think first, where it leaves that open."),
        ] + SamplingChanges.fields

    static let stop: Shape = .either([
        .string(length: 1...ServerLimits.stopLength),
        .array(.string(length: 1...ServerLimits.stopLength), count: 0...ServerLimits.stops),
    ])

    private static let content: Shape = .either([
        .text, .array(.object([.required("type", .string(among: ["text"])), .required("text", .text)])), .null,
    ])

    private static let call: Shape = .object([
        .optional("id", .text), .optional("type", .string(among: ["function"])),
        .required("function", .object([.required("name", .text), .required("arguments", .text)])),
    ])

    private static let message: Shape = .named(
        "ChatMessage",
        .object([
            .required("role", .string(among: ["system", "developer", "user", "assistant", "tool"])),
            .optional("content", content),
            .optional("reasoning_content", .text),
            .optional("tool_calls", .array(call, count: 0...ServerLimits.tools)),
            .optional("tool_call_id", .text),
            .optional("prefix", .boolean, "Go on with this message of the assistant, which is the last one."),
        ]))

    private static let tool: Shape = .named(
        "ChatTool",
        .object([
            .required("type", .string(among: ["function"])),
            .required(
                "function",
                .object([
                    .required("name", .string(length: 1...128)), .optional("description", .text),
                    .optional("parameters", .anyObject, "The JSON Schema of the arguments."),
                ])),
        ]))

    private static let toolChoice: Shape = .either([
        .string(among: ["none", "auto", "required"]),
        .object([
            .required("type", .string(among: ["function"])),
            .required("function", .object([.required("name", .text)])),
        ]),
    ])

    private static let format: Shape = .object([
        .required("type", .string(among: ["text", "json_object", "json_schema"])),
        .optional("json_schema", .object([.optional("name", .text), .required("schema", .anyObject)])),
    ])

    // MARK: Answers

    static let usage: Shape = .named(
        "Usage",
        .object([
            .required("prompt_tokens", .count), .required("completion_tokens", .count),
            .required("total_tokens", .count),
            .required("prompt_tokens_details", .object([.required("cached_tokens", .count)])),
            .required("completion_tokens_details", .object([.required("reasoning_tokens", .count)])),
        ]))

    static let answer: Shape = .named(
        "ChatAnswer",
        .object([
            .required("id", .text), .required("object", .string(among: ["chat.completion"])),
            .required("created", .count), .required("model", .text),
            .required("choices", .array(choice)), .required("usage", usage),
        ]))

    private static let choice: Shape = .object([
        .required("index", .count),
        .required(
            "message",
            .object([
                .required("role", .string(among: ["assistant"])), .required("content", .nullable(.text)),
                .optional("reasoning_content", .text), .optional("tool_calls", .array(call)),
            ])),
        .required("logprobs", .nullable(.anyObject)),
        .required("finish_reason", .string(among: ["stop", "length", "tool_calls"])),
    ])
}
