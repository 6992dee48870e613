import Files

/// What the requests and answers of `/v1/completions` look like.
enum CompletionShapes {
    static let request: Shape = .named(
        "CompletionRequest",
        .object(
            [
                .optional("model", .model, "The model's name; the first that is served if left out."),
                .required("prompt", prompts, "A text, its token ids, or a list of either."),
                .optional("suffix", .text, "What follows the gap that is to be filled."),
                .optional("max_tokens", .integer(0...Int(Int32.max)), "The most tokens; 16 if left out."),
                .optional("n", .integer(1...ServerLimits.samples), "How many answers to each prompt."),
                .optional(
                    "best_of", .integer(1...ServerLimits.samples), "Of how many answers the likeliest are given."),
                .optional("echo", .boolean, "Begin the answer with the prompt."),
                .optional("logprobs", .integer(0...ServerLimits.alternatives), "Report how likely each token was."),
                .optional("stop", ChatShapes.stop, "Texts that end the answer and are no part of it."),
                .optional("stream", .boolean, "Send the answer as it is made."),
                .optional("stream_options", .object([.optional("include_usage", .boolean)])),
                .optional("parse_special", .boolean, "Whether special tokens that a text spells become those tokens."),
                .optional("ignore_eos", .boolean, "Go on after the token that ends an answer."),
                .optional("grammar", .text, "A GBNF grammar that the answer follows."),
                .optional("guided_regex", .text, "A regular expression that the answer matches as a whole."),
                .optional("guided_json", .anyObject, "A JSON Schema that the answer is valid under."),
            ] + SamplingChanges.fields))

    private static let tokens: Shape = .array(.count, count: 1...Int(Int32.max))

    /// Texts, or their token ids.
    static let prompts: Shape = .either([
        .text, tokens, .array(.text, count: 1...ServerLimits.inputs), .array(tokens, count: 1...ServerLimits.inputs),
    ])

    static let answer: Shape = .named(
        "CompletionAnswer",
        .object([
            .required("id", .text), .required("object", .string(among: ["text_completion"])),
            .required("created", .count), .required("model", .text),
            .required("choices", .array(choice)), .required("usage", ChatShapes.usage),
        ]))

    private static let choice: Shape = .object([
        .required("index", .count), .required("text", .text),
        .required("finish_reason", .string(among: ["stop", "length"])),
        .required(
            "logprobs",
            .nullable(
                .object([
                    .required("tokens", .array(.text)),
                    .required("token_logprobs", .array(.nullable(.anyNumber))),
                    .required("top_logprobs", .array(.nullable(.map(.anyNumber)))),
                    .required("text_offset", .array(.count)),
                ]))),
    ])
}
