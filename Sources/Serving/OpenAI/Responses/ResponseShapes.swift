import Files

/// What the requests and answers of `/v1/responses` look like.
enum ResponseShapes {
    static let request: Shape = .named(
        "ResponseRequest",
        .object(
            [
                .optional("model", .model, "The model's name; the first that is served if left out."),
                .required(
                    "input", .either([.text, .array(item, count: 1...ServerLimits.messages)]),
                    "A question, or the conversation so far."),
                .optional("instructions", .text, "What the model is told before everything else."),
                .optional("stream", .boolean, "Send the answer as it is made."),
                .optional("max_output_tokens", .integer(1...Int(Int32.max)), "The most tokens, thinking included."),
                .optional(
                    "reasoning",
                    .object([.optional("effort", .string(among: ["none", "minimal", "low", "medium", "high"]))])),
                .optional("text", .object([.optional("format", format)]), "What the answer has to look like."),
                .optional("tools", .array(tool, count: 0...ServerLimits.tools), "What the model may call."),
                .optional("tool_choice", toolChoice, "Whether it may, must, or must not."),
                .optional("previous_response_id", .null, "Answers are not kept, so that none can be gone on with."),
            ] + SamplingChanges.fields))

    private static let part: Shape = .object([
        .required("type", .string(among: ["input_text", "output_text", "text"])), .required("text", .text),
    ])

    private static let item: Shape = .object([
        .optional(
            "type", .string(among: ["message", "function_call", "function_call_output", "reasoning"])),
        .optional("role", .string(among: ["system", "developer", "user", "assistant"])),
        .optional("content", .either([.text, .array(part)])),
        .optional("call_id", .text), .optional("name", .text), .optional("arguments", .text),
        .optional("output", .either([.text, .array(part)])),
    ])

    private static let tool: Shape = .object([
        .required("type", .string(among: ["function"])), .required("name", .string(length: 1...128)),
        .optional("description", .text), .optional("parameters", .anyObject),
    ])

    private static let toolChoice: Shape = .either([
        .string(among: ["none", "auto", "required"]),
        .object([.required("type", .string(among: ["function"])), .required("name", .text)]),
    ])

    private static let format: Shape = .object([
        .required("type", .string(among: ["text", "json_object", "json_schema"])),
        .optional("name", .text), .optional("schema", .anyObject),
    ])

    static let answer: Shape = .named(
        "ResponseAnswer",
        .object([
            .required("id", .text), .required("object", .string(among: ["response"])),
            .required("created_at", .count), .required("model", .text),
            .required("status", .string(among: ["in_progress", "completed", "incomplete"])),
            .required("output", .array(.object([.required("type", .text), .required("id", .text)]))),
            .required(
                "usage",
                .nullable(
                    .object([
                        .required("input_tokens", .count), .required("output_tokens", .count),
                        .required("total_tokens", .count),
                    ]))),
        ]))
}
