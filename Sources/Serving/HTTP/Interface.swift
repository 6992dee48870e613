import Files

/// Whose interface an endpoint belongs to: it decides how failures are written.
enum Interface: Sendable {
    case openAI, anthropic, ollama, native

    /// The body that tells of `error`.
    func body(_ error: APIError) -> JSONValue {
        switch self {
        case .openAI, .native:
            [
                "error": [
                    "message": .string(error.message), "type": .string(error.cause.openAIName),
                    "param": .optional(error.field), "code": .optional(error.cause.openAICode),
                ]
            ]
        case .anthropic:
            [
                "type": "error",
                "error": ["type": .string(error.cause.anthropicName), "message": .string(error.message)],
            ]
        case .ollama: ["error": .string(error.message)]
        }
    }

    /// What `body(_:)` looks like.
    var errorShape: Shape {
        switch self {
        case .openAI, .native:
            .named(
                "Error",
                .object([
                    .required(
                        "error",
                        .object([
                            .required("message", .text), .required("type", .text),
                            .required("param", .nullable(.text)), .required("code", .nullable(.text)),
                        ]))
                ]))
        case .anthropic:
            .named(
                "AnthropicError",
                .object([
                    .required("type", .string(among: ["error"])),
                    .required("error", .object([.required("type", .text), .required("message", .text)])),
                ]))
        case .ollama: .named("OllamaError", .object([.required("error", .text)]))
        }
    }
}

extension APIError.Cause {
    fileprivate var openAIName: String {
        switch self {
        case .invalid, .missing, .method, .tooLarge: "invalid_request_error"
        case .authentication: "authentication_error"
        case .forbidden: "permission_error"
        case .timeout: "timeout_error"
        case .limit: "rate_limit_error"
        case .failure, .closing: "server_error"
        }
    }

    fileprivate var openAICode: String? {
        switch self {
        case .authentication: "invalid_api_key"
        case .missing: "not_found"
        case .limit: "rate_limit_exceeded"
        default: nil
        }
    }

    fileprivate var anthropicName: String {
        switch self {
        case .invalid, .method: "invalid_request_error"
        case .authentication: "authentication_error"
        case .forbidden: "permission_error"
        case .missing: "not_found_error"
        case .tooLarge: "request_too_large"
        case .timeout: "timeout_error"
        case .limit: "rate_limit_error"
        case .failure: "api_error"
        case .closing: "overloaded_error"
        }
    }
}
