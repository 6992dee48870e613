/// What comparing with recordings found: one row a model or suite.
package struct VerificationReport: Sendable {
    package let rows: [VerificationRow]

    /// Whether something was compared and all of it is as recorded.
    package var passed: Bool { !rows.isEmpty && rows.allSatisfy(\.passed) }
}

/// One model or suite that was compared with its recording.
package struct VerificationRow: Sendable {
    package let area: VerificationArea
    /// The place below the folder that was searched: "text/v3".
    package let name: String
    /// What was compared.
    package let tally: Tally

    /// Whether something was compared and all of it is as recorded.
    package var passed: Bool { tally.failures.isEmpty && !tally.counts.isEmpty }
}

/// The kinds of recordings.
package enum VerificationArea: String, Sendable, CaseIterable {
    case model
    case gguf
    case answers
    case tokenizer
    case chat
    case sampling
    case formats

    /// What a reader calls it.
    package var title: String {
        switch self {
        case .model: "model"
        case .gguf: "GGUF file"
        case .answers: "answers"
        case .tokenizer: "tokenizer"
        case .chat: "chat templates"
        case .sampling: "sampling"
        case .formats: "block formats"
        }
    }
}
