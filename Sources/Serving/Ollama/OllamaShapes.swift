import Files

/// What the requests and answers of Ollama's interface look like.
enum OllamaShapes {
    private static let model: Field = .optional(
        "model", .model, "The model's name; the first that is served if left out.")

    /// What chat and generate share.
    private static let shared: [Field] = [
        model,
        .optional("stream", .boolean, "Send the answer as it is made; that is so unless said otherwise."),
        .optional("format", .either([.string(among: ["", "json"]), .anyObject]), "“json”, or a JSON Schema."),
        .optional("think", .either([.boolean, .string(among: ["low", "medium", "high"])])),
        .optional("keep_alive", .either([.text, .anyNumber])),
        .optional("options", options),
    ]

    private static let options: Shape = .object([
        .optional("temperature", .number(0...100)), .optional("top_k", .integer(0...1_000_000)),
        .optional("top_p", .number(0...1)), .optional("min_p", .number(0...1)),
        .optional("repeat_penalty", .number(0...100)), .optional("presence_penalty", .number(-100...100)),
        .optional("frequency_penalty", .number(-100...100)),
        .optional("seed", .integer(Int(Int64.min)...Int(Int64.max))),
        .optional("num_predict", .integer(-2...Int(Int32.max))), .optional("stop", ChatShapes.stop),
    ])

    static let chat: Shape = .named(
        "OllamaChatRequest",
        .object(
            shared + [
                .optional("messages", .array(message, count: 0...ServerLimits.messages)),
                .optional("tools", .array(tool, count: 0...ServerLimits.tools)),
            ]))

    static let generate: Shape = .named(
        "OllamaGenerateRequest",
        .object(
            shared + [
                .optional("prompt", .text), .optional("suffix", .text), .optional("system", .text),
                .optional("raw", .boolean), .optional("images", .array(.text, count: 0...0)),
            ]))

    private static let message: Shape = .object([
        .required("role", .string(among: ["system", "user", "assistant", "tool"])),
        .optional("content", .text), .optional("thinking", .text),
        .optional("images", .array(.text, count: 0...0)),
        .optional(
            "tool_calls",
            .array(
                .object([
                    .required(
                        "function", .object([.required("name", .text), .optional("arguments", .anyObject)]))
                ]), count: 0...ServerLimits.tools)),
    ])

    private static let tool: Shape = .object([
        .optional("type", .text),
        .required(
            "function",
            .object([
                .required("name", .string(length: 1...128)), .optional("description", .text),
                .optional("parameters", .anyObject),
            ])),
    ])

    static let show: Shape = .named("OllamaShowRequest", .object([model, .optional("name", .text)]))

    static let pull: Shape = .named(
        "OllamaPullRequest",
        .object([
            .optional("model", .string(length: 0...512), "OWNER/NAME, or OWNER/NAME:Q4_K_M for one file of several."),
            .optional("name", .string(length: 0...512), "The same, under its older name."),
            .optional("stream", .boolean, "Tell of the progress; that is so unless said otherwise."),
        ]))

    static let pullStatus: Shape = .named("OllamaPullStatus", .object([.required("status", .text)]))

    static let embed: Shape = .named(
        "OllamaEmbedRequest",
        .object([
            model,
            .required("input", .either([.text, .array(.text, count: 0...ServerLimits.inputs)])),
            .optional("truncate", .boolean), .optional("dimensions", .integer(1...1 << 20)),
        ]))

    // MARK: Answers

    private static let ended: [Field] = [
        .required("model", .text), .required("created_at", .text), .required("done", .boolean),
        .optional("done_reason", .string(among: ["stop", "length", "load"])),
        .optional("total_duration", .integer(0...Int.max)), .optional("eval_count", .count),
        .optional("prompt_eval_count", .count),
    ]

    static let chatAnswer: Shape = .named(
        "OllamaChatAnswer",
        .object(
            ended + [
                .required(
                    "message", .object([.required("role", .string(among: ["assistant"])), .required("content", .text)]))
            ]))

    static let generateAnswer: Shape = .named("OllamaGenerateAnswer", .object(ended + [.required("response", .text)]))

    static let list: Shape = .named(
        "OllamaModels",
        .object([
            .required(
                "models",
                .array(
                    .object([
                        .required("name", .text), .required("model", .text), .required("size", .integer(0...Int.max)),
                        .required("digest", .text), .required("details", .anyObject),
                    ])))
        ]))

    static let shown: Shape = .named(
        "OllamaModel",
        .object([
            .required("details", .anyObject), .required("model_info", .anyObject),
            .required("capabilities", .array(.text)),
        ]))

    static let embedded: Shape = .named(
        "OllamaEmbeddings",
        .object([
            .required("model", .text), .required("embeddings", .array(.array(.anyNumber))),
            .required("prompt_eval_count", .count),
        ]))
}
